// Answer: with the mouse by delegation, and with keys that do nothing inside a text field.

function choose(number, value, thenNext) {
  if (state.submitting) return;
  const row = state.task.rows[number];
  state.answers[rowKey(row)] = value;
  rowElements()[number].querySelector(`input[value="${CSS.escape(value)}"]`).checked = true;
  notice("");
  keepDraft();
  if (!thenNext) return mark(number);
  if (number + 1 < state.task.rows.length) return mark(number + 1);
  mark(number, false);
  part("submit").focus({ preventScroll: true });
}

part("rows").addEventListener("change", (event) => {
  choose(Number(event.target.closest(".tb-row").dataset.row), event.target.value, pointed());
});

// On a narrow screen one question is shown at a time, so that a tap goes to the next one.
let byPointer = false;
root.addEventListener("pointerdown", () => (byPointer = true), { capture: true });
root.addEventListener("keydown", () => (byPointer = false), { capture: true });
const isNarrow = () => matchMedia("(max-width: 799px)").matches;
const pointed = () => byPointer && isNarrow();

part("rows").addEventListener("focusin", (event) => {
  const row = event.target.closest(".tb-row");
  if (row && Number(row.dataset.row) !== state.row) mark(Number(row.dataset.row), false);
});

part("comment").addEventListener("input", () => {
  state.comment = part("comment").value;
  keepDraft(true);
});

part("form").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});

const acts = {
  raw: toggleRaw,
  prompt: togglePrompt,
  guidelines: () => toggleDialog("guidelines"),
  help: () => toggleDialog("help"),
  menu: () => openMenu(),
  close: (button) => button.closest("dialog").close(),
  up: () => mark(Math.max(0, state.row - 1)),
  linked: toggleLinked,
  differences: toggleDifferences,
  "turn-back": () => showTurn(state.turn - 1),
  "turn-on": () => showTurn(state.turn + 1),
  undo: () => edit(),
  edit: (button) => edit(button.dataset.token),
  back: () => back(),
  skip: () => openSkip(),
  flag: () => openFlags(),
  agree: () => answerConsent(true),
  decline: () => answerConsent(false),
  "ask-decline": () => toggleDialog("decline"),
  "ask-withdraw": () => toggleDialog("withdraw"),
  withdraw: () => withdraw(),
  unveil: () => unveil(),
  "leave-kind": () => leaveOut([...state.leftOut, state.task.category]),
  "end-feedback": () => endFeedback(),
  "end-break": () => showPair(),
  "copy-code": (button) => copy(button.previousElementSibling, button),
  down: () => mark(Math.min(state.task.rows.length - 1, state.row + 1)),
  "jump-left": () => jumpTo("left"),
  "jump-right": () => jumpTo("right"),
  "copy-welcome": (button) => copy(part("welcome-link"), button),
  "copy-menu": (button) => copy(part("menu-link"), button),
  begin: () => begin(),
  look: () => start(),
  leave: () => leave(),
};

root.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) return acts[button.dataset.do](button);
  // A click beside an open dialog closes it.
  if (event.target.matches("dialog")) event.target.close();
});

const isTextField = (target) =>
  target.matches("textarea, select, [contenteditable=true], input:not([type=radio], [type=checkbox])");
const isOtherControl = (target) => target.closest("a, button:not([type=submit]), summary");
const digitOf = (event) => /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1] ?? /^[1-9]$/.exec(event.key)?.[0];

const WITH_TEXTS = ["task", "feedback"];
const ENDS = ["done", "waiting", "paused", "closed", "excluded", "refused", "screened"];
const IN_STUDY = [...WITH_TEXTS, "veil", "break", ...ENDS];

document.addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (isTextField(event.target) || !IN_STUDY.includes(root.dataset.screen)) return;
    const dialog = root.querySelector("dialog[open]");
    if (dialog && !(event.key === "?" || event.key === dialog.dataset.dialog[0])) return;
    if (performance.now() < state.deafUntil) return event.preventDefault();
    const onTask = root.dataset.screen === "task" && pressed(event);
    if (onTask || pressedAnywhere(event)) event.preventDefault();
  },
  { signal: alive() },
);

// Inside the comment: submit without leaving it, or leave it.
part("comment").addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) part("form").requestSubmit();
  else if (event.key === "Escape") mark(state.row);
  else return;
  event.preventDefault();
});

// Whether the key was one of ours.
function pressed(event) {
  const digit = event.shiftKey ? undefined : digitOf(event);
  if (digit) {
    const option = state.task.rows[state.row].options[Number(digit) - 1];
    if (option) choose(state.row, option.value, true);
    return Boolean(option);
  }
  const reading = event.target.closest(".tb-text");
  switch (event.key) {
    case "ArrowUp":
      return !reading && (acts.up(), true);
    case "ArrowDown":
      return !reading && (acts.down(), true);
    case "PageUp":
      return !reading && scrollBoth(-1);
    case "PageDown":
      return !reading && scrollBoth(1);
    case "Enter":
      // Held down or pressed twice it would hit the next pair; that has no answers yet.
      return !isOtherControl(event.target) && (event.repeat || part("form").requestSubmit(), true);
    case "c":
      return (part("comment").focus(), true);
    case "u":
      return !part("undo").hidden && (acts.undo(), true);
    case "f":
      return (acts.flag(), true);
  }
  return false;
}

// The keys that are there without a pair to answer, too.
function pressedAnywhere(event) {
  const { screen } = root.dataset;
  switch (event.key) {
    case "p":
      return WITH_TEXTS.includes(screen) && (togglePrompt(), true);
    case "r":
      return WITH_TEXTS.includes(screen) && (toggleRaw(), true);
    case "l":
      return WITH_TEXTS.includes(screen) && (toggleLinked(), true);
    case "d":
      return WITH_TEXTS.includes(screen) && (toggleDifferences(), true);
    case "t": // from the first turn to the latest
      return WITH_TEXTS.includes(screen) && turnCount() > 1 && (showTurn(state.turn - 1 || turnCount()), true);
    case "s":
      return ["task", "veil"].includes(screen) && !part("skip").hidden && (acts.skip(), true);
    case "g":
      return (toggleDialog("guidelines"), true);
    case "m":
      return (acts.menu(), true);
    case "?":
      return (toggleDialog("help"), true);
  }
  return false;
}

function scrollBoth(direction) {
  for (const name of state.linked ? ["left"] : ["left", "right"]) {
    part(name).scrollBy({ top: direction * part(name).clientHeight * 0.85 });
  }
  return true;
}

// On a narrow screen the prompt lies over the top of what scrolls, and so does the response's name.
function jumpTo(side) {
  const pane = part(side).parentElement;
  const turn = state.turn > 1 && beginningOf(side);
  const top = turn ? turn.offsetTop - pane.querySelector(".tb-head").offsetHeight : pane.offsetTop;
  root.querySelector(".tb-read").scrollTo({ top: top - prompt.offsetHeight - 8 });
}

const prompt = root.querySelector(".tb-prompt");
const promptHeight = new ResizeObserver(() =>
  root.style.setProperty("--tb-prompt-height", `${prompt.offsetHeight}px`),
);
promptHeight.observe(prompt);
alive().addEventListener("abort", () => promptHeight.disconnect());
