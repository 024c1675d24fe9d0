// Care: sensitive pairs stay veiled, kinds can be left out, breaks are proposed, the pair is held.

function unveil() {
  state.opened = state.task.token;
  drawTexts();
  showPair();
}

async function leaveOut(categories) {
  dropDraft();
  const reply = await change("leave_out", { categories: [...new Set(categories)] });
  if (!reply) return;
  state.leftOut = reply.left_out;
  if (state.task?.editing || root.dataset.screen === "feedback") return;
  const moves = reply.next.task?.token !== state.task?.token;
  if (moves) open(reply.next, say("left_out"));
}

// One box for each sensitive category; a marked one is left out.
function drawLeftOut(place) {
  place.hidden = !state.sensitive.length;
  const boxes = state.sensitive.map((category) => {
    const label = make("label", "tb-check");
    const box = make("input");
    box.type = "checkbox";
    box.value = category;
    box.checked = state.leftOut.includes(category);
    label.append(box, make("span", "", say("leave_out_kind", { kind: category })));
    return label;
  });
  place.querySelector(".tb-checks").replaceChildren(...boxes);
}

const markedKinds = (place) =>
  Array.from(place.querySelectorAll("input:checked"), (box) => box.value);

part("menu-kinds").addEventListener("change", () => {
  if (state.submitting) return drawLeftOut(part("menu-kinds"));
  leaveOut(markedKinds(part("menu-kinds")));
});

// After every so many pairs; a reload does not count anew.
function breakIsDue() {
  const { task, breaksAfter } = state;
  return Boolean(breaksAfter && task && !task.training && task.done && task.done % breaksAfter === 0);
}

const HEARTBEAT = 5 * 60_000;
const beat = setInterval(() => {
  const held = state.task && !state.task.editing && !state.submitting;
  if (held && document.visibilityState === "visible") call("touch", { token: state.task.token });
}, HEARTBEAT);
alive().addEventListener("abort", () => clearInterval(beat));
