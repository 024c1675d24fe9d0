// Settle what people split on, as blind as they were.

async function showSplit(token = null) {
  const reply = await ask("split", { token });
  if (!reply?.ok) return reply && notice(reply.error);
  drawSplit(reply.split);
}

function drawSplit(split) {
  state.split = split;
  document.querySelector('[data-form="verdict"]').hidden = !split;
  part("split-none").hidden = Boolean(split);
  part("split-none").textContent = say("no_split");
  if (!split) return;
  part("split-waiting").textContent = say("waiting", { n: number(split.waiting) });
  for (const [place, parts] of [["prompt", split.prompt], ["left", split.left], ["right", split.right]]) {
    part(`split-${place}`).replaceChildren(...parts.flatMap(formatted));
    part(`split-${place}`).scrollTop = 0;
  }
  part("split-question").textContent = split.of ? `${split.question} (${split.of})` : split.question;
  part("split-description").textContent = split.description;
  part("split-options").replaceChildren(...split.options.map(option));
  document.getElementById("split-comment").value = "";
}

// Only HTML that the server made safe is placed as HTML.
function formatted({ heading, html }) {
  const body = make("div");
  body.innerHTML = html;
  return heading ? [make("h4", { text: heading }), body] : [body];
}

function option({ value, label }) {
  const radio = make("input", { type: "radio", name: "choice", value, required: "" });
  return make("label", { class: "option" }, radio, make("span", { text: label }));
}

async function settle() {
  const choice = document.querySelector('[name="choice"]:checked')?.value;
  if (!choice || !state.split) return;
  const comment = document.getElementById("split-comment").value;
  const { token } = state.split;
  const reply = await change("adjudicate", { token, choice, comment });
  if (reply) {
    told(say("settled"));
    drawSplit(reply.split);
  } else showSplit();
}
