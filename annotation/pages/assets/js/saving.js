// Save: drafts and the submission go to the server one after the other, until acknowledged.

const work = {
  draft: null,
  submission: null, // { pseudonym, act, submission }, as it stands in the outbox
  requests: [], // whatever else is asked, in its turn
  running: false,
  wake: null,
  away: "", // what is said while the database cannot be reached
  timer: null,
};
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
  for (let failures = 0, signedIn = false; ; ) {
    const reply = await call(name, data);
    sayAway(reply?.again ? reply.error : "");
    if (reply?.joined === false && state.returnKey && !signedIn) {
      // The cookie is gone, or the server has another secret: the key in memory still counts.
      signedIn = (await post("session/resume", { return_key: state.returnKey })).ok;
      if (signedIn) continue;
    }
    if (reply && !reply.again) return reply;
    failures += 1;
    if (navigator.onLine === false) status("offline");
    else if (!reply && failures > 4 && (await serverIsThere())) status("reload");
    else status("retry", { n: failures });
    await pause(failures);
  }
}

// The server is there and its database is not: said for as long as that lasts, even where another
// notice came in between.
function sayAway(sentence) {
  const shown = part("notice").textContent;
  if (sentence ? shown !== sentence : work.away && shown === work.away) notice(sentence);
  work.away = sentence;
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
  const { comment, flags, sequence } = state;
  const draft = { token, answers: answerList(), comment, flags, sequence };
  storage.write(draftKey(token), { ...draft, seconds: state.seconds });
  if (state.task.editing) return status("unsent"); // the server keeps drafts of open pairs only
  work.draft = draft;
  status("saving");
  clearTimeout(work.timer);
  work.timer = setTimeout(run, later ? 600 : 0);
}

function submit() {
  if (state.submitting || !state.task) return;
  const open = state.task.rows.findIndex((row) => !(rowKey(row) in state.answers));
  if (open >= 0) return sayOpen(open);
  if (state.task.comment_required && !state.comment.trim()) return sayReason();
  const submission = {
    submission_id: mintId(),
    token: state.task.token,
    answers: answerList(),
    comment: state.comment.trim() || null,
    flags: state.flags,
    seconds: Math.min(state.seconds, 86_400),
  };
  const act = state.task.editing ? "revise" : "submit";
  work.submission = { pseudonym: state.pseudonym, act, submission };
  storage.write(OUTBOX, work.submission);
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

function sayReason() {
  notice(say("reason_missing"));
  part("comment").focus();
}

// What the server answers to anything but drafts and submissions.
function ask(name, data = {}) {
  return new Promise((resolve) => {
    work.requests.push({ name, data, resolve });
    run();
  });
}

// The same, for what leads to another screen: until it is answered nothing else can be done.
// Undefined where it was refused, which is said.
async function change(name, data) {
  if (state.submitting) return undefined;
  lock(true);
  notice("");
  const reply = await ask(name, data);
  lock(false);
  if (reply.ok) return reply;
  refused(reply);
  return undefined;
}

// One request at a time, so that the server sees drafts in the order in which they were made.
async function run() {
  if (work.running) return;
  work.running = true;
  try {
    while (work.submission || work.draft || work.requests.length) {
      if (work.submission) await sendSubmission(work.submission);
      else if (work.draft) await sendDraft(work.draft);
      else await sendRequest(work.requests.shift());
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

async function sendRequest({ name, data, resolve }) {
  const reply = await untilAnswered(name, data);
  if (part("status").dataset.kind !== "saved") status("nothing_yet");
  resolve(reply);
}

async function sendSubmission({ act, submission }) {
  status("submitting");
  const reply = await untilAnswered(act, submission);
  work.submission = null;
  // Refused for want of a session it stays in the browser, for when the annotator is back.
  if (reply.joined !== false) {
    storage.remove(OUTBOX);
    const stays = !reply.ok && reply.next?.task?.token === submission.token;
    if ((reply.ok || reply.next) && !stays) storage.remove(draftKey(submission.token));
  }
  lock(false);
  if (!reply.ok) return refused(reply);
  status("saved");
  if (reply.feedback) return showFeedback(reply, submission.token);
  goOn(reply);
  if (act === "submit" && breakIsDue()) show("break");
}

// What cannot be saved is said, and where the server has a next pair the page moves on to it.
function refused(reply) {
  status("nothing_yet");
  work.draft = null;
  if (reply.joined === false) return signedOut(reply.error);
  notice(reply.error);
  if (!reply.next) return;
  state.deafUntil = performance.now() + 1500; // keys meant for the pair that was there
  open(reply.next, reply.error);
}
