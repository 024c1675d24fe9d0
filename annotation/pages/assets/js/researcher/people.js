// Annotators, what they wrote, and what is due to them.

async function showAnnotators() {
  const reply = await ask("annotators", { criterion: state.criterion });
  if (!reply?.ok) return reply && notice(reply.error);
  part("gold-h").hidden = !state.study.has_gold;
  part("repeats-h").hidden = !state.study.has_repeats;
  rows("annotators", reply.annotators.map(annotatorRow));
  if (!reply.annotators.length) rows("annotators", [emptyRow(11, say("no_annotators"))]);
}

const emptyRow = (columns, sentence) =>
  make("tr", {}, make("td", { colspan: columns, class: "none", text: sentence }));

function annotatorRow(one) {
  const { agreement, side } = one;
  const favours = side.p_adjusted !== null && side.p_adjusted < 0.05;
  return make(
    "tr",
    { class: one.excluded === null ? undefined : "out" },
    make("th", { scope: "row", text: one.pseudonym, title: one.guess || undefined }),
    make("td", { class: "number", text: number(one.pairs) }),
    make("td", { class: "number", text: fixed(one.seconds_per_pair, 0) }),
    make("td", { class: "number", text: fixed(agreement.value) }),
    make("td", { class: "plot" }, interval(agreement, SHARE, 0.5, intervalWords(agreement))),
    make("td", { class: favours ? "number warn" : "number", text: fixed(side.value) }),
    make("td", { class: "plot" }, interval(side, SIDE, 0, sideWords(side))),
    state.study.has_gold ? shareCell(one.gold) : null,
    state.study.has_repeats ? shareCell(one.repeats) : null,
    make("td", { text: statusOf(one) }),
    make("td", { class: "decide" }, ...decisions(one)),
  );
}

function sideWords(side) {
  const words = intervalWords(side);
  if (side.p_adjusted === null || side.p_adjusted >= 0.05) return words;
  return `${words}; ${say("suspicious", { p: fixed(side.p_adjusted, 3) })}`;
}

function shareCell(share) {
  const text = share ? `${number(share.right)} / ${number(share.labels)}` : "–";
  return make("td", { class: "number", text });
}

const statusOf = (one) => say(`status_${one.status}`, { reason: one.excluded ?? "" });

function decisions(one) {
  const button = (act, text) =>
    make("button", { type: "button", class: "quiet", "data-do": act, "data-id": one.id, "data-name": one.pseudonym, "aria-label": `${text} ${one.pseudonym}`, text });
  return [
    one.excluded === null ? button("exclude", "Exclude") : button("readmit", "Readmit"),
    button("withdraw", "Delete"),
  ];
}

async function exclude({ id, name }) {
  const reason = await question({
    title: `Exclude ${name}?`,
    text: "Their labels stand in the files with your reason and count no more; their pairs wait for others, and they get no more pairs.",
    label: "Reason",
    yes: "Exclude",
  });
  if (!reason) return;
  if (await change("exclude", { id: Number(id), reason })) told(say("excluded"));
  showAnnotators();
}

async function readmit({ id }) {
  if (await change("readmit", { id: Number(id) })) told(say("readmitted"));
  showAnnotators();
}

async function withdraw({ id, name }) {
  const confirmed = await question({
    title: `Delete ${name}?`,
    text: "Deletes this person's labels, their earlier versions, drafts and identifiers from the database, for good. What was exported, published or backed up before cannot be reached from here.",
    label: "Write the pseudonym to confirm",
    yes: "Delete for good",
  });
  if (confirmed === null) return;
  const reply = await change("withdraw", { id: Number(id), confirmed });
  if (reply) told(say("deleted", { n: number(reply.deleted) }));
  showAnnotators();
}

async function showRemarks(before = null) {
  const reply = await ask("remarks", { number: before });
  if (!reply?.ok) return reply && notice(reply.error);
  const list = part("remark-list");
  const made = reply.remarks.map(remark);
  if (before === null) list.replaceChildren(...made);
  else list.append(...made);
  if (!list.children.length) list.append(make("li", { class: "none", text: say("no_remarks") }));
  const more = document.querySelector('[data-do="more-remarks"]');
  more.hidden = !reply.more;
  more.dataset.before = reply.remarks.at(-1)?.number ?? "";
}

function remark(one) {
  const purpose = one.purpose === "study" ? [] : [make("span", { class: "tag", text: say(`purpose_${one.purpose}`) })];
  return make(
    "li",
    {},
    make("p", { class: "head" }, make("b", { text: one.annotator }), ` ${moment(one.created_at)} `, ...purpose, ...one.flags.map((flag) => make("span", { class: "tag warn", text: flag }))),
    one.comment ? make("p", { class: "said", text: one.comment }) : null,
    make("p", { class: "hint about", text: one.prompt }),
  );
}

async function showPayments() {
  const reply = await ask("payments");
  if (!reply?.ok) return reply && notice(reply.error);
  rows("payments", reply.payments.map(paymentRow));
  part("no-payments").hidden = reply.payments.length > 0;
  part("no-payments").textContent = say("no_payments");
}

function paymentRow(one) {
  const cells = ["provider", "identifier", "details", "status", "labels", "minutes", "code"];
  return make("tr", {}, ...cells.map((name) => make("td", { class: /labels|minutes/.test(name) ? "number" : undefined, text: one[name] })));
}
