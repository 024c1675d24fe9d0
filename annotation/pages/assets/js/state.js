// What the page knows, and what it keeps in this browser until the server has it.
// Gradio hands over: element, props (props.words: sentences), server (our server functions).

const root = element.querySelector(".tb");
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const say = (name, fill = {}) =>
  props.words[name]
    .replace(/\{(\w+)\|([^|}]*)\|([^}]*)\}/g, (_, n, one, many) => (fill[n] === 1 ? one : many))
    .replace(/\{(\w+)\}/g, (_, key) => String(fill[key]));

const state = {
  task: null, // the pair on the screen
  answers: {}, // "criterion/target" -> choice
  comment: "",
  sequence: 0,
  row: 0, // the marked question
  turn: 0, // of a dialogue: the one that is on the screen, from 1
  seconds: 0, // active time on this pair
  flags: [], // what the annotator says is odd about this pair
  submitting: false,
  deafUntil: 0, // keys do nothing before this moment of performance.now()
  pseudonym: "",
  returnKey: "",
  raw: false,
  differences: false, // mark where the responses differ
  linked: false, // both responses scroll together
  fresh: false, // has not seen the guidelines yet
  opened: "", // the token of the sensitive pair that was opened
  breaksAfter: null, // propose a break after so many pairs
  sensitive: [], // categories that may be left out
  leftOut: [],
};

// A frame of another site may have no storage at all; then the server alone keeps the drafts.
const storage = {
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  write(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // full or forbidden
    }
  },
  remove(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // forbidden
    }
  },
};

const draftKey = (token) => `tiebreak:draft:${token}`;
const OUTBOX = "tiebreak:outbox"; // a submission that is not acknowledged yet
const SESSION = "tiebreak:session"; // changes when somebody joins, returns or leaves

function forgetDrafts() {
  try {
    const ours = Object.keys(localStorage).filter((key) => key.startsWith("tiebreak:draft:"));
    [...ours, OUTBOX].forEach(storage.remove);
  } catch {
    // no storage, so nothing is kept
  }
}

const rowKey = (row) => `${row.criterion}/${row.target}`;

function answerList() {
  return state.task.rows
    .filter((row) => rowKey(row) in state.answers)
    .map((row) => ({
      criterion: row.criterion,
      target: row.target,
      choice: state.answers[rowKey(row)],
    }));
}

function mintId() {
  // crypto.randomUUID exists on https and localhost only; these bits exist everywhere.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Active time: the page is visible and was used within the last minute. A computer's clock may be
// moved back, performance.now() may not.
let lastUse = performance.now();
for (const kind of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"]) {
  document.addEventListener(kind, () => (lastUse = performance.now()), { passive: true, signal: alive() });
}
const clock = setInterval(() => {
  const inUse = document.visibilityState === "visible" && performance.now() - lastUse < 60_000;
  const labelling = root.dataset.screen === "task" && !state.submitting;
  if (inUse && labelling) state.seconds += 1;
}, 1000);
alive().addEventListener("abort", () => clearInterval(clock));

// Gradio may run this script again in the same page: what listens on the document ends then.
function alive() {
  if (!root.alive) {
    window.tiebreakStop?.abort();
    window.tiebreakStop = root.alive = new AbortController();
  }
  return root.alive.signal;
}
