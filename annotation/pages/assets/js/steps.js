// Lead: consent, the feedback of the training, the closing question, the ends.

function openConsent({ text, version }) {
  state.consentVersion = version;
  part("consent-text").innerHTML = text;
  drawLeftOut(part("consent-kinds"));
  show("consent");
}

async function answerConsent(agreed) {
  closeDialogs();
  const left_out = markedKinds(part("consent-kinds"));
  const reply = await change("consent", { version: state.consentVersion, agreed, left_out });
  if (!reply) return;
  state.leftOut = reply.left_out;
  state.fresh = agreed; // the guidelines come after the first agreement
  open(reply.next);
}

// After a submission: the next screen, and what is to be said about the last one.
function goOn(reply) {
  let sentence = "";
  if (reply.surplus) sentence = say("surplus");
  open(reply.next, sentence);
}

// The pair stays on the screen beside what was expected; after a reload it may be another one.
function showFeedback(reply, token) {
  state.afterFeedback = reply;
  root.classList.toggle("tb-no-texts", state.task?.token !== token);
  part("feedback-rows").replaceChildren(...reply.feedback.map(drawFeedback));
  part("feedback-table").hidden = !reply.feedback.length;
  part("explanation").innerHTML = reply.explanation;
  let end = "";
  if (reply.training === "passed") end = say("round_passed");
  if (reply.training === "failed") end = say("round_failed");
  part("feedback-end").textContent = end;
  part("feedback-end").hidden = !end;
  notice("");
  show("feedback");
}

function drawFeedback({ question, of, given, expected, right }) {
  const row = make("tr", right ? "tb-right" : "tb-wrong");
  const named = make("th", "", of ? `${question} ${of}` : question);
  named.scope = "row";
  const verdict = make("td", "tb-verdict", say(right ? "as_expected" : "not_as_expected"));
  row.append(named, make("td", "", given), make("td", "", expected), verdict);
  return row;
}

function endFeedback() {
  root.classList.remove("tb-no-texts");
  goOn(state.afterFeedback);
}

function openClosing({ done }) {
  drawProgress(done, done);
  show("closing");
}

let closing = false;
root.querySelector('[data-form="closing"]').addEventListener("submit", async (event) => {
  event.preventDefault();
  if (closing) return;
  closing = true;
  const reply = await change("answer_closing", { systems: part("systems").value.trim() });
  closing = false;
  if (reply) open(reply.next);
});

function openFinished(end) {
  const count = say("done_count", { done: end.done });
  part("done-count").textContent = part("waiting-count").textContent = count;
  drawProgress(end.done, end.done);
  if (end.waiting) show("waiting");
  else openEnd("done", end);
}

// The code is an address where the study gives one: then it is a link.
function openEnd(card, { code }) {
  const place = root.querySelector(`[data-card="${card}"] .tb-code`);
  place.hidden = !code;
  if (/^https:\/\//.test(code)) place.replaceChildren(drawLink(code));
  else place.replaceChildren(make("p", "", say("code")), drawCode(code));
  show(card);
}

function drawLink(address) {
  const link = make("a", "tb-main", say("code_link"));
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

function drawCode(code) {
  const row = make("span", "tb-link-row");
  const field = make("input");
  field.readOnly = true;
  field.dir = "ltr";
  field.value = code;
  field.setAttribute("aria-label", say("code"));
  const button = make("button", "tb-second", say("copy_code"));
  button.type = "button";
  button.dataset.do = "copy-code";
  row.append(field, button);
  return row;
}
