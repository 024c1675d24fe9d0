// Progress, agreement, systems, and where the labels go.

async function showOverview() {
  const reply = await ask("overview");
  if (!reply?.ok) return reply && notice(reply.error);
  state.overview = reply;
  drawStanding(reply.standing);
  drawProgress(reply.progress);
  rows("agreement", reply.agreement.map(agreementRow));
  rows("criteria", reply.progress.criteria.map((one) => progressRow(one.criterion, one)));
  rows("categories", reply.progress.categories.map((one) => progressRow(kindOf(one), one)));
  part("behind").textContent = reply.behind ? say("behind", { n: number(reply.behind) }) : "";
  part("split-count").textContent = reply.splits ? number(reply.splits) : "";
  drawSystems(reply.names);
  drawDurability(reply);
}

function drawStanding({ paused_at, locked_at }) {
  const kind = locked_at ? "locked" : paused_at ? "paused" : "running";
  part("standing").dataset.kind = kind;
  part("standing").textContent = say(kind, { when: moment(locked_at ?? paused_at ?? 0) });
  document.querySelector('[data-do="pause"]').hidden = kind !== "running";
  document.querySelector('[data-do="resume"]').hidden = kind !== "paused";
  part("lock-card").hidden = kind === "locked";
}

function drawProgress({ wanted, counted, leased, lately, hours_left, hours, last_hour }) {
  part("percent").textContent = wanted ? percent(counted / wanted) : "–";
  part("bar").replaceChildren(bar(counted, leased, wanted));
  const pairs = say("pairs_in", { counted: number(counted), wanted: number(wanted) });
  part("counts").textContent = `${pairs}, ${say("leased", { n: number(leased) })}`;
  part("pace").replaceChildren(pace(hours, last_hour));
  part("pace-words").textContent = paceWords(wanted - counted, lately, hours_left);
}

function paceWords(left, lately, hoursLeft) {
  if (left <= 0) return say("done");
  if (!lately) return say("no_pace");
  const end = new Date(Date.now() + hoursLeft * 3_600_000);
  const when = end.toLocaleDateString("en-GB", { dateStyle: "medium" });
  return `${say("per_day", { n: number(lately) })}; ${say("done_at", { when })}`;
}

const kindOf = ({ task, category }) => [task, category].filter(Boolean).join(", ") || "–";

function progressRow(name, { counted, leased, wanted }) {
  return make(
    "tr",
    {},
    make("th", { scope: "row", text: name }),
    make("td", { class: "plot" }, bar(counted, leased, wanted)),
    make("td", { class: "number", text: number(counted) }),
    make("td", { class: "number", text: number(wanted) }),
    make("td", { class: "number", text: number(leased) }),
  );
}

function agreementRow(one) {
  const alpha = one.krippendorff_alpha_ordinal;
  return make(
    "tr",
    {},
    make("th", { scope: "row", text: one.criterion }),
    valueCell(alpha),
    make("td", { class: "plot" }, interval(alpha, ALPHA, 0, intervalWords(alpha))),
    valueCell(one.percent_agreement),
    valueCell(one.krippendorff_alpha_nominal),
    valueCell(one.gwet_ac1),
    make("td", { class: "number", text: number(alpha.n), title: say("units", { n: number(alpha.n) }) }),
    make("td", {}, fell(one.labels)),
  );
}

function intervalWords({ value, low, high, reason }) {
  if (value === null) return reason;
  if (low === null) return `${fixed(value)}, ${say("no_interval")}`;
  return `${fixed(value)}, ${say("interval", { low: fixed(low), high: fixed(high) })}`;
}

// The number, and its interval in small; without a number why there is none.
function valueCell(one) {
  if (one.value === null) return make("td", { class: "none", text: one.reason });
  const reach = one.low === null ? "" : `${fixed(one.low)} to ${fixed(one.high)}`;
  return make(
    "td",
    { class: "value" },
    make("b", { text: fixed(one.value) }),
    make("span", { class: "hint", text: reach }),
  );
}

function drawSystems(names) {
  if (names.every((one) => !one.name)) {
    part("systems").textContent = say("systems_blind", { n: names.length });
    return;
  }
  part("systems").replaceChildren(...names.flatMap(({ blind, name }) => [
    make("span", { class: "system" }, make("b", { text: blind }), ` ${name}`),
  ]));
}

function drawDurability({ durability, study_problem, lost_pairs }) {
  const { sentence, survives, last_mirrored, pending } = durability ?? { survives: true, last_mirrored: null, pending: null };
  part("durability").textContent = sentence ?? say("unknown_place");
  part("durability").classList.toggle("warn", !survives);
  part("mirror").hidden = pending === null && last_mirrored === null;
  const when = last_mirrored ? moment(last_mirrored) : say("never");
  part("mirror").textContent = say("mirror", { when, n: pending ?? 0 });
  part("study-problem").hidden = !study_problem;
  part("study-problem").textContent = say("study_problem");
  part("lost-pairs").hidden = !lost_pairs;
  part("lost-pairs").textContent = say("lost_pairs", { n: lost_pairs });
}
