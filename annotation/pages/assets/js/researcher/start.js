// Sign in, choose a part, keep it fresh.

const REFRESH = 20_000;
const SECTIONS = {
  progress: showOverview,
  annotators: showAnnotators,
  remarks: showRemarks,
  settle: showSplit,
  payments: showPayments,
  files: showFiles,
};

async function start() {
  const link = location.hash.startsWith("#once=") ? location.hash.slice(6) : "";
  if (link) {
    history.replaceState(null, "", location.pathname);
    const reply = await send("researcher/login", { key: link });
    if (reply && !reply.ok) part("login-error").textContent = reply.error;
  }
  const reply = await ask("start");
  if (!reply?.ok) return;
  state.study = reply;
  state.words = reply.words;
  document.title = `${reply.title}: researchers`;
  part("title").textContent = reply.title;
  for (const name of ["criterion", "export-criterion"]) {
    const kept = name === "criterion" ? [part(name).options[0]] : [];
    part(name).replaceChildren(...kept, ...reply.criteria.map(({ key }) => make("option", { value: key, text: key })));
  }
  const overall = reply.criteria.find(({ key }) => key === "overall");
  if (overall) part("export-criterion").value = "overall";
  part("format").replaceChildren(...reply.formats.map(({ name }) => make("option", { value: name, text: name })));
  part("invite").hidden = !reply.has_invites;
  part("login").hidden = true;
  part("app").hidden = false;
  chooseFormat();
  part("alpha-scale").replaceChildren(scale(ALPHA, { 0: "0", 0.5: "0.5", 1: "1" }));
  part("agreement-scale").replaceChildren(scale(SHARE, { 0: "0", 0.5: "0.5", 1: "1" }));
  part("side-scale").replaceChildren(scale(SIDE, { "-1": "2nd", 0: "0", 1: "1st" }));
  await showOverview();
  choose();
}

function signedOut() {
  part("app").hidden = true;
  part("login").hidden = false;
  document.getElementById("key").focus();
  return undefined;
}

function choose() {
  const name = location.hash.slice(1);
  state.section = name in SECTIONS ? name : "progress";
  for (const section of document.querySelectorAll("main > section")) {
    section.hidden = section.dataset.section !== state.section;
  }
  for (const link of document.querySelectorAll("nav a")) {
    const here = link.getAttribute("href") === `#${state.section}`;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  notice("");
  told("");
  window.scrollTo(0, 0);
  if (state.study) SECTIONS[state.section]();
}

// A format that is no table has a view of its own.
function chooseFormat() {
  const chosen = state.study.formats.find(({ name }) => name === part("format").value);
  part("view").disabled = !chosen?.is_table;
  if (!chosen?.is_table) part("view").value = "labels";
}

async function lock() {
  const confirmed = await question({
    title: "Lock the study for good?",
    text: `No label comes any more, and the systems' names become known. Write the study's key, ${state.study.key}.`,
    label: "The study's key",
    yes: "Lock for good",
  });
  if (confirmed === null) return;
  await change("lock", { confirmed });
  showOverview();
}

const DO = {
  "sign-out": async () => {
    await send("researcher/logout", {});
    location.reload();
  },
  pause: async () => (await change("pause")) && showOverview(),
  resume: async () => (await change("resume")) && showOverview(),
  exclude,
  readmit,
  withdraw,
  "ask-lock": lock,
  "close-ask": () => closeQuestion(null),
  "more-remarks": ({ before }) => showRemarks(Number(before)),
  later: () => showSplit(state.split.token),
  report: () => beginWork("report"),
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) DO[button.dataset.do]?.(button.dataset);
});

const FORMS = {
  login: async (form) => {
    const error = part("login-error");
    error.textContent = "";
    const reply = await send("researcher/login", { key: form.key.value });
    if (!reply) return;
    if (!reply.ok) {
      error.textContent = reply.error;
      return;
    }
    form.key.value = "";
    start();
  },
  verdict: settle,
  ask: () => closeQuestion(document.getElementById("ask-field").value.trim()),
  invite: async (form) => {
    const reply = await change("invite", { number: Number(form.number.value) });
    if (!reply) return;
    const links = document.getElementById("invite-links");
    const home = new URL("./", location.href.split("#")[0]);
    links.value = reply.codes.map((code) => `${home}#invite=${code}`).join("\n");
    links.hidden = part("invite-label").hidden = false;
    links.select();
  },
  publish: (form) =>
    beginWork("publish", {
      repository: form.repository.value,
      licence: form.licence.value,
      note: form.note.value,
      comments: form["with-comments"].checked,
      public: form.public.checked,
    }),
  export: () => {
    const asked = { format: part("format").value, view: part("view").value, criterion: part("export-criterion").value };
    location.assign(`researcher/export?${new URLSearchParams(asked)}`);
  },
};

document.addEventListener("submit", (event) => {
  event.preventDefault();
  FORMS[event.target.dataset.form]?.(event.target);
});

document.querySelector('[data-dialog="ask"]').addEventListener("cancel", () => closeQuestion(null));
part("criterion").addEventListener("change", () => {
  state.criterion = part("criterion").value;
  showAnnotators();
});
part("format").addEventListener("change", chooseFormat);
window.addEventListener("hashchange", choose);
setInterval(() => {
  const looking = document.visibilityState === "visible" && state.study && !part("app").hidden;
  if (looking && state.section === "progress") showOverview();
}, REFRESH);
start();
