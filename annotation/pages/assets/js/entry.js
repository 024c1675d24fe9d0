// The ways in that a study offers: a pseudonym, an invitation, Prolific, an account elsewhere.

const INVITE = "tiebreak:invite"; // kept until it is used, because the address is cleaned
const JOINING = "tiebreak:joining"; // kept until the server has answered
const WELCOMED = "tiebreak:welcomed";
const PROLIFIC = ["PROLIFIC_PID", "STUDY_ID", "SESSION_ID"];

// What the address brought is taken out of it: nobody copies it along with the page's address.
function takeParticipant() {
  const query = new URLSearchParams(location.search);
  if (props.access !== "prolific" || !query.has("PROLIFIC_PID")) return null;
  const found = PROLIFIC.map((name) => [name.toLowerCase(), (query.get(name) ?? "").slice(0, 400)]);
  for (const name of PROLIFIC) query.delete(name);
  const rest = query.size ? `?${query}` : "";
  history.replaceState(null, "", location.pathname + rest + location.hash);
  return Object.fromEntries(found);
}

function takeFromHash(name) {
  const start = `#${name}=`;
  if (!location.hash.startsWith(start)) return "";
  const value = location.hash.slice(start.length);
  history.replaceState(null, "", location.pathname + location.search);
  return value;
}

// Every visit begins here.
async function enter() {
  const participant = takeParticipant();
  const problem = takeFromHash("problem");
  const invite = takeFromHash("invite");
  if (takeFromHash("arrived")) welcomeOnce();
  const key = takeKeyFromAddress();
  offerWaysIn(invite);
  if (key) return resume(key);
  if (!participant) {
    await start();
    if (problem === "login_failed") sayAtTheDoor(say("login_failed"));
    if (problem === "somebody_else") sayAtTheDoor(say("somebody_else"));
    return undefined;
  }
  const reply = await post("session/prolific", participant);
  if (!reply.ok) {
    show("join");
    return sayAtTheDoor(reply.error);
  }
  tellOtherTabs();
  welcomeOnce();
  return start({ key: reply.return_key });
}

// Who comes from elsewhere has pressed no "Start" here: they see the guidelines the first time.
function welcomeOnce() {
  state.fresh = !storage.read(WELCOMED);
  storage.write(WELCOMED, true);
}

// On the card where one joins, or above the pair of whoever is in already.
function sayAtTheDoor(sentence) {
  if (root.dataset.screen === "join") part("join-error").textContent = sentence;
  else notice(sentence);
}

function offerWaysIn(invite) {
  const form = root.querySelector('[data-form="join"]');
  if (form.dataset.access) return;
  form.dataset.access = props.access;
  if (props.access === "invite") offerInvite(invite);
  if (props.access === "prolific") form.replaceChildren(lead(say("prolific_only")), errorLine());
  if (props.access === "huggingface") form.replaceChildren(loginLink(), errorLine());
}

function offerInvite(fromLink) {
  if (fromLink) storage.write(INVITE, fromLink);
  const field = made("input", { id: "tb-invite", value: storage.read(INVITE) ?? "" });
  field.dataset.part = "invite";
  field.spellcheck = false;
  field.maxLength = 400;
  const label = made("label", { htmlFor: "tb-invite", textContent: say("invite") });
  part("join-error").before(label, field);
}

function lead(textContent) {
  return made("p", { className: "tb-lead", textContent });
}

function errorLine() {
  const line = made("p", { className: "tb-error" });
  line.dataset.part = "join-error";
  line.setAttribute("role", "alert");
  return line;
}

// The provider refuses to be shown in a frame, so from there it gets a tab of its own.
function loginLink() {
  const link = made("a", { href: "login/huggingface", textContent: say("login_button") });
  link.className = "tb-main";
  if (window.top !== window) Object.assign(link, { target: "_blank", rel: "opener" });
  return link;
}

function made(kind, fields) {
  return Object.assign(document.createElement(kind), fields);
}

// What joining sends: the invitation too, where the study asks for one. Sent again after an answer
// that was lost, even from a page loaded anew, it has the id of the first time.
function joiningData() {
  const data = { pseudonym: part("name").value };
  if (props.access === "invite") data.invite = part("invite").value.replace(/^.*#invite=/, "").trim();
  const of = data.invite ?? data.pseudonym; // an invitation makes one account, whatever its name
  const kept = storage.read(JOINING);
  const joining = kept?.of === of ? kept : { of, id: mintId() };
  storage.write(JOINING, joining);
  return { ...data, joining_id: joining.id };
}

window.addEventListener(
  "hashchange",
  () => {
    const code = props.access === "invite" && takeFromHash("invite");
    if (!code) return;
    storage.write(INVITE, code);
    if (part("invite")) part("invite").value = code;
  },
  { signal: alive() },
);
