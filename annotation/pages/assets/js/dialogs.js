// Ask: skip with a reason, flag, change an earlier pair, withdraw.

function openSkip() {
  if (state.submitting) return;
  const form = root.querySelector('[data-form="skip"]');
  form.reset();
  part("skip-error").textContent = "";
  if (toggleDialog("skip")) form.querySelector("input").focus();
}

root.querySelector('[data-form="skip"]').addEventListener("submit", async (event) => {
  event.preventDefault();
  const chosen = event.target.querySelector("input:checked")?.value;
  const words = part("skip-words").value.trim();
  if (!chosen && !words) {
    part("skip-error").textContent = say("skip_missing");
    return;
  }
  closeDialogs();
  const { token } = state.task;
  dropDraft();
  const reason = [chosen, words].filter(Boolean).join(": ");
  const reply = await change("skip", { token, reason });
  if (!reply) return;
  storage.remove(draftKey(token));
  open(reply.next, say("skipped"));
});

// A draft that waits would come too late for a pair that is handed on.
function dropDraft() {
  clearTimeout(work.timer);
  work.draft = null;
}

function openFlags() {
  if (toggleDialog("flag")) root.querySelector('[data-dialog="flag"] input').focus();
}

root.querySelector('[data-dialog="flag"]').addEventListener("change", (event) => {
  if (!state.task || state.submitting) return;
  const boxes = event.currentTarget.querySelectorAll("input:checked");
  state.flags = Array.from(boxes, (box) => box.value);
  drawFlags();
  keepDraft();
});

// A pair answered lately, with its answers; without a token the last one.
async function edit(token) {
  if (state.submitting) return;
  closeDialogs();
  lock(true);
  const reply = await ask("reopen", token ? { token } : {});
  lock(false);
  if (reply.ok) return open(reply.next);
  if (reply.joined === false) return refused(reply);
  notice(reply.error);
  if (root.dataset.screen === "task") mark(state.row);
}

function back() {
  if (state.submitting) return;
  storage.remove(draftKey(state.task.token));
  start();
}

async function openMenu() {
  if (!toggleDialog("menu")) return;
  drawLeftOut(part("menu-kinds"));
  part("recent").replaceChildren();
  part("recent-box").hidden = true;
  const reply = await ask("recent");
  if (!reply.ok || !reply.recent.length) return;
  part("recent").replaceChildren(...reply.recent.map(drawRecent));
  part("recent-box").hidden = false;
}

function drawRecent({ token, prompt }) {
  const item = make("li");
  const button = make("button", "tb-tool", prompt.trim() || say("no_text"));
  button.type = "button";
  button.dataset.do = "edit";
  button.dataset.token = token;
  item.append(button);
  return item;
}

async function withdraw() {
  closeDialogs();
  dropDraft();
  const reply = await change("withdraw");
  if (!reply) return;
  forgetDrafts();
  state.task = null;
  state.returnKey = "";
  part("deleted").textContent = say("deleted", { n: reply.deleted });
  show("gone");
  await post("session/leave", {});
  tellOtherTabs();
}
