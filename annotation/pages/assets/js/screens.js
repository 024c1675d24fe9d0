// Come and go: start, join, return, leave; then the page is alive.

async function post(path, data) {
  for (let failures = 0; ; ) {
    let sentence = say("unreachable");
    try {
      const answer = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(data),
      });
      if (answer.ok) return await answer.json();
      // Refused as it stands: to send it again would change nothing.
      if (answer.status < 500) return { ok: false, error: say("malformed") };
      if (answer.status === 503) sentence = (await answer.json()).error;
    } catch {
      // no network: try again
    }
    failures += 1;
    notice(sentence);
    await pause(failures);
    notice("");
  }
}

const returnLink = (key) => `${location.origin}${location.pathname}#return=${key}`;
const keyIn = (link) => link.trim().replace(/^.*#return=/, "");

// The key stands behind the # of the link, so that no log and no other site ever sees it.
function takeKeyFromAddress() {
  if (!location.hash.startsWith("#return=")) return "";
  const key = keyIn(location.hash);
  history.replaceState(null, "", location.pathname + location.search);
  return key;
}

// `key` is given right after joining or returning: then a cookie must have come back.
async function start({ key = "", sentence = "" } = {}) {
  const reply = await untilAnswered("start", {});
  status("nothing_yet");
  if (reply.joined === false) {
    if (!key) return signedOut("");
    part("own-tab").href = returnLink(key);
    return show("cookie");
  }
  if (!reply.ok) return notice(reply.error);
  state.pseudonym = part("pseudonym").textContent = reply.pseudonym;
  state.returnKey = reply.return_key;
  part("welcome-link").value = part("menu-link").value = returnLink(reply.return_key);
  part("guidelines").innerHTML = part("welcome-guidelines").innerHTML = reply.guidelines;
  state.breaksAfter = reply.breaks_after;
  state.sensitive = reply.sensitive;
  state.leftOut = reply.left_out;
  open(reply.next, sentence);
}

// Show what comes next; a submission that a reload interrupted goes on first.
function open(next, sentence = "") {
  notice(sentence);
  state.task = null;
  const [[kind, screen]] = Object.entries(next);
  const draftIsNewer = OPENED[kind](screen) === true;
  sendWhatWasLeft(draftIsNewer);
}

const OPENED = {
  task: openTask,
  consent: openConsent,
  closing: openClosing,
  finished: openFinished,
  refused: (end) => openEnd("refused", end),
  screened_out: (end) => openEnd("screened", end),
  paused: () => show("paused"),
  closed: (end) => openEnd("closed", end),
  excluded: () => show("excluded"),
};

// Whether this browser has a newer draft than the server.
function openTask(task) {
  state.task = task;
  const local = storage.read(draftKey(task.token));
  const kept = local && local.sequence > task.sequence ? local : task;
  state.answers = Object.fromEntries(kept.answers.map((each) => [rowKey(each), each.choice]));
  state.comment = kept.comment;
  state.sequence = kept.sequence;
  state.seconds = local?.seconds ?? 0;
  state.flags = kept.flags ?? [];
  showTask();
  drawTask();
  lock(false);
  showPair();
  if (kept === task && task.sequence > 0) status("saved"); // what is shown came from the server
  return kept === local;
}

function showTask() {
  if (state.fresh) show("welcome");
  else show(isVeiled() ? "veil" : "task");
}

function showPair() {
  showTask();
  if (root.dataset.screen !== "task") return;
  showTurn(state.turn); // what was not on the screen could not be scrolled
  mark(state.row);
}

function sendWhatWasLeft(draftIsNewer) {
  const left = storage.read(OUTBOX);
  if (left && left.pseudonym === state.pseudonym && !work.submission) {
    work.submission = left;
    lock(true);
    run();
  } else if (draftIsNewer) keepDraft();
}

function signedOut(sentence) {
  state.task = null;
  notice("");
  part("join-error").textContent = sentence;
  show("join");
}

function begin() {
  state.fresh = false;
  showPair();
}

async function resume(key) {
  const reply = await post("session/resume", { return_key: key });
  if (reply.ok) {
    tellOtherTabs();
    return start({ key: reply.return_key });
  }
  show("join");
  root.querySelector('[data-card="join"] details').open = true;
  part("resume-error").textContent = reply.error;
}

// The pair goes to somebody else; its draft stays with the account.
async function leave() {
  await ask("leave");
  await post("session/leave", {});
  tellOtherTabs();
  location.reload();
}

// Tabs share the cookie: none may go on under a name that is no longer this browser's.
function tellOtherTabs() {
  storage.write(SESSION, mintId());
}
window.addEventListener(
  "storage",
  (event) => {
    if (event.key === SESSION) location.reload();
    // Another tab had this pair's answers acknowledged.
    const done = state.task && event.key === draftKey(state.task.token) && event.newValue === null;
    if (done && !state.submitting) start({ sentence: say("other_window") });
  },
  { signal: alive() },
);

let joining = false;
root.querySelector('[data-form="join"]').addEventListener("submit", async (event) => {
  event.preventDefault();
  if (joining) return;
  joining = true;
  part("join-error").textContent = "";
  const reply = await post("session/join", joiningData());
  joining = false;
  if (!reply.ok) {
    part("join-error").textContent = reply.error;
    return;
  }
  storage.remove(INVITE);
  storage.remove(JOINING);
  tellOtherTabs();
  state.fresh = true;
  start({ key: reply.return_key });
});

root.querySelector('[data-form="resume"]').addEventListener("submit", (event) => {
  event.preventDefault();
  part("resume-error").textContent = "";
  resume(keyIn(part("link").value));
});

window.addEventListener(
  "hashchange",
  () => {
    const key = takeKeyFromAddress();
    if (key) resume(key);
  },
  { signal: alive() },
);

part("title").textContent = part("join-study").textContent = document.title;
enter();
