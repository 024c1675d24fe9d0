// Dialogues: they open at the latest turn, where the answers are that are compared.

// How many turns there are; 0 where it is no dialogue.
const turnCount = () =>
  Math.max(...["prompt", "left", "right"].flatMap((name) => state.task[name].map((each) => each.turn)));

const beginnings = (name) => [...part(name).querySelectorAll("[data-turn]")];
const turnOf = (heading) => Number(heading.dataset.turn);
const beginningOf = (name) => beginnings(name).find((each) => turnOf(each) === state.turn);

// All three texts, as far as they have that turn.
function showTurn(number) {
  state.turn = Math.min(Math.max(number, 1), turnCount());
  for (const name of ["prompt", "left", "right"]) toTurn(name);
  if (isNarrow() && beginningOf("left")) jumpTo("left");
  drawTurn();
}

function toTurn(name) {
  const heading = beginningOf(name);
  if (!heading) return;
  const place = part(name);
  const below = heading.getBoundingClientRect().top - place.getBoundingClientRect().top;
  scrollText(name, state.turn === 1 ? 0 : place.scrollTop + below - 10);
}

function drawTurn() {
  const total = turnCount();
  part("turns").hidden = total < 2;
  part("turn-of").textContent = say("turn_of", { n: state.turn, total });
  part("turn-back").setAttribute("aria-disabled", String(state.turn <= 1));
  part("turn-on").setAttribute("aria-disabled", String(state.turn >= total));
}

// Who scrolls by hand is told where they are.
function noteTurn(name) {
  const found = beginnings(name);
  if (found.length < 2) return;
  const place = part(name);
  const { top } = place.getBoundingClientRect();
  const passed = found.filter((each) => each.getBoundingClientRect().top < top + 24);
  const atEnd = place.scrollTop + place.clientHeight > place.scrollHeight - 2;
  state.turn = turnOf(atEnd ? found.at(-1) : (passed.at(-1) ?? found[0]));
  drawTurn();
}
