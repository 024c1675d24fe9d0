// Save: drafts and the submission go to the server one after the other, until acknowledged.

const work = { draft: null, submission: null, running: false, wake: null, timer: null };
const LONGEST_PAUSE = 15_000;
const PATIENCE = 20_000;

// Gradio's server.fn() does not reject when the network fails: it answers undefined.
async function call(name, data) {
  const tooLong = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const reply = await Promise.race([server[name](data), tooLong]);
  return reply && typeof reply === "object" && "ok" in reply ? reply : undefined;
}

// Wait before the next try; coming back online ends the wait.
function pause(failures) {
  const time = Math.min(LONGEST_PAUSE, 500 * 2 ** Math.min(failures - 1, 10));
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, time * (0.75 + Math.random() / 2));
    work.wake = () => (clearTimeout(timer), resolve());
  });
}
window.addEventListener("online", () => work.wake?.(), { signal: alive() });
window.addEventListener("offline", () => work.running && status("offline"), { signal: alive() });

async function untilAnswered(name, data) {
  for (let failures = 0; ; ) {
    const reply = await call(name, data);
    if (reply) return reply;
    failures += 1;
    if (navigator.onLine === false) status("offline");
    else if (failures > 4 && (await serverIsThere())) status("reload");
    else status("retry", { n: failures });
    await pause(failures);
  }
}

// A server that is alive and still refuses us was changed: then only a new page helps.
async function serverIsThere() {
  try {
    return (await fetch("healthz", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

// In this browser at once; to the server at once too, or `later` while a comment is typed.
function keepDraft(later = false) {
  state.sequence += 1;
  const { token } = state.task;
  const draft = { token, answers: answerList(), comment: state.comment, sequence: state.sequence };
  storage.write(draftKey(token), { ...draft, seconds: state.seconds });
  work.draft = draft;
  status("saving");
  clearTimeout(work.timer);
  work.timer = setTimeout(run, later ? 600 : 0);
}

function submit() {
  if (state.submitting || !state.task) return;
  const open = state.task.rows.findIndex((row) => !(rowKey(row) in state.answers));
  if (open >= 0) return sayOpen(open);
  work.submission = {
    submission_id: mintId(),
    token: state.task.token,
    answers: answerList(),
    comment: state.comment.trim() || null,
    seconds: Math.min(state.seconds, 86_400),
  };
  storage.write(OUTBOX, { pseudonym: state.pseudonym, submission: work.submission });
  work.draft = null;
  notice("");
  lock(true);
  run();
}

function sayOpen(first) {
  const left = state.task.rows.filter((row) => !(rowKey(row) in state.answers));
  const names = left.map((row) => (row.of ? `${row.question} (${row.of})` : row.question));
  notice(say("unanswered", { names: names.join(" · ") }));
  mark(first);
}

// One request at a time, so that the server sees drafts in the order in which they were made.
async function run() {
  if (work.running) return;
  work.running = true;
  try {
    while (work.submission || work.draft) {
      if (work.submission) await sendSubmission(work.submission);
      else await sendDraft(work.draft);
    }
  } finally {
    work.running = false;
  }
}

async function sendDraft(draft) {
  status("saving");
  const reply = await untilAnswered("save_draft", draft);
  if (work.draft === draft) work.draft = null;
  if (work.submission) return;
  if (reply.ok) {
    if (!work.draft) status("saved");
  } else refused(reply);
}

async function sendSubmission(submission) {
  status("submitting");
  const reply = await untilAnswered("submit", submission);
  work.submission = null;
  // Refused for want of a session it stays in the browser, for when the annotator is back.
  if (reply.joined !== false) {
    storage.remove(OUTBOX);
    if (reply.ok || reply.next) storage.remove(draftKey(submission.token));
  }
  lock(false);
  if (!reply.ok) return refused(reply);
  status("saved");
  open(reply.next);
}

// What cannot be saved is said, and where the server has a next pair the page moves on to it.
function refused(reply) {
  status("nothing_yet");
  work.draft = null;
  if (reply.joined === false) return signedOut(reply.error);
  notice(reply.error);
  if (reply.next) open(reply.next, reply.error);
}
