// Draw: the pair, the questions, the answers, the status. Texts are placed, never templated.

// The card that comes takes the focus, or it would stay on what is no longer there.
function show(screen) {
  const before = root.dataset.screen;
  root.dataset.screen = screen;
  if (before !== screen) root.querySelector(`[data-card="${screen}"] [data-focus]`)?.focus();
}

function notice(sentence) {
  part("notice").textContent = sentence;
  part("notice").hidden = !sentence;
}

function status(kind, fill) {
  part("status").dataset.kind = kind;
  part("status").textContent = say(kind, fill);
}

function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Nothing but HTML that the server made safe goes into innerHTML.
// Kerning an unbroken run of 40,000 letters takes the browser half a minute.
const UNBROKEN = /\S{1000}/;

function drawText(place, parts) {
  place.replaceChildren();
  const unbroken = ["prompt", "left", "right"].some((name) =>
    state.task[name].some((each) => UNBROKEN.test(each.raw)),
  );
  place.classList.toggle("tb-unbroken", unbroken);
  place.append(...parts.map(drawPassage));
}

function drawPassage(each) {
  const passage = make("div", "tb-passage");
  if (each.heading) {
    const heading = make("h3", "tb-part", each.heading);
    if (each.turn) heading.dataset.turn = each.turn;
    passage.append(heading);
  }
  if (state.differences && each.pieces.length) {
    passage.append(drawPieces(each.pieces));
    return passage;
  }
  const body = make("div", state.raw ? "tb-raw" : "tb-formatted", state.raw ? each.raw : undefined);
  body.dir = "auto"; // lists and tables too go by their own letters, whatever the page's language
  if (!state.raw) body.innerHTML = each.html;
  passage.append(body);
  return passage;
}

// Every second piece differs from the other response.
function drawPieces(pieces) {
  const body = make("div", "tb-raw");
  body.dir = "auto";
  pieces.forEach((piece, n) => {
    const words = piece.trimEnd();
    if (n % 2 && words) body.append(make("mark", "", words), piece.slice(words.length));
    else body.append(piece);
  });
  return body;
}

// The texts of a sensitive pair are not on the page before it is opened.
const isVeiled = () => state.task.sensitive && state.opened !== state.task.token;

function drawTexts() {
  for (const name of ["prompt", "left", "right"]) {
    drawText(part(name), isVeiled() ? [] : state.task[name]);
  }
}

function drawRow(row, number) {
  const group = make("div", "tb-row");
  group.dataset.row = number;
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-label", row.of ? `${row.question} ${row.of}` : row.question);
  const question = make("span", "tb-question");
  const ask = make("span", "tb-ask", row.question);
  ask.dir = "auto";
  question.append(ask);
  if (row.of) question.append(make("span", "tb-of", row.of));
  if (row.description) {
    const help = make("span", "tb-describe", row.description);
    help.title = row.description;
    help.dir = "auto";
    help.id = `tb-describe-${number}`;
    group.setAttribute("aria-describedby", help.id);
    question.append(help);
  }
  const options = make("span", "tb-options");
  row.options.forEach((option, index) => options.append(drawOption(row, number, option, index)));
  group.append(question, options);
  return group;
}

function drawOption(row, number, option, index) {
  const label = make("label", "tb-option");
  const input = make("input");
  input.type = "radio";
  input.name = `tb-row-${number}`;
  input.value = option.value;
  input.checked = state.answers[rowKey(row)] === option.value;
  const key = make("kbd", "", index < 9 ? String(index + 1) : "");
  key.setAttribute("aria-hidden", "true");
  label.append(input, key, make("span", "", option.label));
  return label;
}

function drawTask() {
  state.differences = false;
  drawDifferences();
  drawTexts();
  part("rows").replaceChildren(...state.task.rows.map(drawRow));
  drawComment();
  drawFlags();
  drawBanner();
  const { done, total, minutes } = state.task;
  drawProgress(done, total, minutes);
  for (const name of ["prompt", "left", "right"]) scrollText(name, 0);
  root.querySelector(".tb-read").scrollTop = 0;
  state.turn = turnCount();
  const { prompt } = state.task;
  part("prompt").classList.toggle("tb-beside", prompt.length === 2 && !prompt[1].turn);
  layChoices();
  mark(state.task.rows.findIndex((row) => !(rowKey(row) in state.answers)), false);
}

// A stands under A. A long scale of short names, 1 to 7, takes no more room than five choices do.
function layChoices() {
  const isLong = ({ options }) => options.length > 5 && options.every(({ label }) => label.length < 4);
  const columns = state.task.rows.map((row) => (isLong(row) ? 5 : row.options.length));
  const widest = Math.max(...columns);
  root.style.setProperty("--tb-widest", widest);
  rowElements().forEach((row, n) =>
    row.style.setProperty("--tb-columns", Math.max(widest, state.task.rows[n].options.length)),
  );
}

function drawComment() {
  const required = state.task.comment_required;
  part("comment").value = state.comment;
  part("comment").required = required;
  part("comment-label").textContent = say(required ? "reason" : "comment");
}

function drawFlags() {
  const count = state.flags.length;
  part("flag").setAttribute("aria-pressed", String(count > 0));
  part("flag-count").textContent = count ? ` (${count})` : "";
  for (const box of root.querySelectorAll('[data-dialog="flag"] input')) {
    box.checked = state.flags.includes(box.value);
  }
}

// What kind of pair this is, where it is not simply the next one; a screen reader is told always.
function drawBanner() {
  const { training, editing, done, total } = state.task;
  let sentence = "";
  if (editing) sentence = say("editing");
  else if (training) {
    sentence = say("training", { n: training.number, total: training.total });
    if (training.attempts > 1) {
      const { attempt, attempts } = training;
      sentence += ` · ${say("round", { n: attempt, total: attempts })}`;
    }
  }
  part("banner-text").textContent = sentence;
  part("banner").hidden = !sentence;
  part("back").hidden = !editing;
  part("undo").hidden = editing || Boolean(training);
  part("skip").hidden = editing || Boolean(training);
  part("announce").textContent = sentence || say("announce", { n: done + 1, total });
}

function drawProgress(done, total, minutes = null) {
  part("minutes").textContent = minutes === null ? "" : say("minutes", { n: minutes });
  part("bar").max = Math.max(total, 1);
  part("bar").value = done;
  part("progress").textContent = say("progress", { done, total });
}

function lock(on) {
  state.submitting = on;
  part("submit").setAttribute("aria-disabled", String(on));
  for (const input of part("rows").querySelectorAll("input")) input.disabled = on;
  part("comment").readOnly = on;
}

const rowElements = () => [...part("rows").children];

// Mark one question as the one that digits answer; -1 marks the last, when all are answered.
function mark(number, focus = true) {
  const rows = rowElements();
  state.row = number < 0 || number >= rows.length ? rows.length - 1 : number;
  rows.forEach((row, index) => row.classList.toggle("tb-marked", index === state.row));
  part("step").textContent = say("question_of", { n: state.row + 1, total: rows.length });
  const row = rows[state.row];
  row.scrollIntoView({ block: "nearest" });
  if (focus) (row.querySelector("input:checked") ?? row.querySelector("input")).focus({ preventScroll: true });
}

function toggleRaw() {
  state.raw = !state.raw;
  root.querySelector('[data-do="raw"]').setAttribute("aria-pressed", String(state.raw));
  if (state.task) drawTexts();
}

const maySeeDifferences = () => Boolean(state.task?.left.some((each) => each.pieces.length));

function toggleDifferences() {
  if (!maySeeDifferences()) return;
  state.differences = !state.differences;
  drawDifferences();
  drawTexts();
}

// Offered where the responses are nearly the same, and off again with the next pair.
function drawDifferences() {
  const button = part("differences");
  button.hidden = !maySeeDifferences();
  button.setAttribute("aria-pressed", String(state.differences));
}

function togglePrompt() {
  const hidden = root.classList.toggle("tb-prompt-hidden");
  const button = root.querySelector('[data-do="prompt"]');
  button.setAttribute("aria-expanded", String(!hidden));
  button.textContent = say(hidden ? "show_prompt" : "hide_prompt");
  if (!hidden) toTurn("prompt"); // what was hidden stands at its beginning again
}

function toggleLinked() {
  state.linked = !state.linked;
  root.querySelector('[data-do="linked"]').setAttribute("aria-pressed", String(state.linked));
  if (state.linked) follow("left", "right");
}

// The same share of either response has been scrolled by, for they differ in length.
function follow(leader, follower) {
  const [from, to] = [part(leader), part(follower)];
  const room = from.scrollHeight - from.clientHeight;
  const target = room > 0 ? (from.scrollTop / room) * (to.scrollHeight - to.clientHeight) : 0;
  scrollText(follower, target);
}

// A scroll event that comes of our own doing leads to nothing more.
const ours = new Set();
function scrollText(name, top) {
  const place = part(name);
  const before = place.scrollTop;
  if (Math.abs(top - before) < 1) return;
  place.scrollTop = top;
  if (place.scrollTop !== before) ours.add(name);
}

const OTHER = { left: "right", right: "left" };
for (const name of ["prompt", "left", "right"]) {
  part(name).addEventListener("scroll", () => {
    if (ours.delete(name) || !state.task) return;
    if (state.linked && OTHER[name]) follow(name, OTHER[name]);
    noteTurn(name);
  });
}

function closeDialogs() {
  root.querySelectorAll("dialog[open]").forEach((open) => open.close());
}

// Whether the dialog is open now.
function toggleDialog(name) {
  const dialog = root.querySelector(`[data-dialog="${name}"]`);
  const opens = !dialog.open;
  closeDialogs();
  if (opens) dialog.showModal();
  return opens;
}

async function copy(field, button) {
  field.select();
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = say("copied");
  } catch {
    button.textContent = say("copy_failed");
  }
  setTimeout(() => (button.textContent = before), 2000);
}
