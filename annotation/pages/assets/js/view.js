// Draw: the pair, the questions, the answers, the status. Texts are placed, never templated.

function show(screen) {
  root.dataset.screen = screen;
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
function drawText(place, parts) {
  place.replaceChildren();
  for (const each of parts) {
    if (each.heading) place.append(make("h3", "tb-part", each.heading));
    const body = make("div", state.raw ? "tb-raw" : "tb-formatted", state.raw ? each.raw : undefined);
    if (!state.raw) body.innerHTML = each.html;
    place.append(body);
  }
}

function drawTexts() {
  for (const name of ["prompt", "left", "right"]) drawText(part(name), state.task[name]);
}

function drawRow(row, number) {
  const group = make("div", "tb-row");
  group.dataset.row = number;
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-label", row.of ? `${row.question} ${row.of}` : row.question);
  const question = make("span", "tb-question");
  question.append(make("span", "tb-ask", row.question));
  if (row.of) question.append(make("span", "tb-of", row.of));
  if (row.description) {
    const help = make("span", "tb-describe", row.description);
    help.title = row.description;
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
  drawTexts();
  part("rows").replaceChildren(...state.task.rows.map(drawRow));
  part("comment").value = state.comment;
  const { done, total } = state.task;
  drawProgress(done, total);
  part("announce").textContent = say("announce", { n: done + 1, total });
  for (const name of ["prompt", "left", "right"]) part(name).scrollTop = 0;
  root.querySelector(".tb-read").scrollTop = 0;
  root.style.setProperty("--tb-widest", Math.max(...state.task.rows.map((row) => row.options.length)));
  mark(state.task.rows.findIndex((row) => !(rowKey(row) in state.answers)));
}

function drawProgress(done, total) {
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

function togglePrompt() {
  const hidden = root.classList.toggle("tb-prompt-hidden");
  const button = root.querySelector('[data-do="prompt"]');
  button.setAttribute("aria-expanded", String(!hidden));
  button.textContent = say(hidden ? "show_prompt" : "hide_prompt");
}

function toggleDialog(name) {
  const dialog = root.querySelector(`[data-dialog="${name}"]`);
  if (dialog.open) return dialog.close();
  root.querySelectorAll("dialog[open]").forEach((open) => open.close());
  dialog.showModal();
}

async function copy(name, button) {
  part(name).select();
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(part(name).value);
    button.textContent = say("copied");
  } catch {
    button.textContent = say("copy_failed");
  }
  setTimeout(() => (button.textContent = before), 2000);
}
