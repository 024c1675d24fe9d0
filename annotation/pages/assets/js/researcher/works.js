// What takes long is done behind the page: how far it is, and what came of it.

const LOOK = 2_000;
let looking = 0;
let isAway = false;

async function showFiles() {
  const reply = await ask("works");
  if (reply?.ok) {
    if (isAway) notice("");
    drawWorks(reply);
  } else if (!part("app").hidden) {
    lookAgain();
  }
  isAway = !reply?.ok;
}

async function beginWork(name, data = {}) {
  const reply = await change(name, data);
  if (reply) drawWorks(reply);
  else window.scrollTo(0, 0);
}

function drawWorks({ works: { report, publish }, has_report }) {
  drawWork("report", report);
  drawWork("publish", publish);
  const isRunning = report?.state === "running";
  document.querySelector('[data-do="report"]').disabled = isRunning;
  part("publish").disabled = publish?.state === "running";
  const progress = part("report-progress");
  progress.hidden = !isRunning;
  if (isRunning && report.total) {
    progress.max = report.total;
    progress.value = report.done;
  } else {
    progress.removeAttribute("value");
  }
  part("report-links").hidden = !has_report;
  if (isRunning || publish?.state === "running") lookAgain();
}

function drawWork(name, work) {
  const said = part(`${name}-said`);
  said.textContent = wordsOf(name, work);
  said.classList.toggle("warn", work?.state === "failed" || work?.state === "lost");
}

function wordsOf(name, work) {
  if (!work) return say(`${name}_never`);
  const { state: how, done, total, said } = work;
  const when = moment(how === "running" ? work.begun_at : work.seen_at);
  if (how === "failed" || how === "lost") return say(`work_${how}`, { when, said });
  if (how === "running" && total) return say(`${name}_parts`, { when, done, total });
  return say(`${name}_${how}`, { when, said });
}

function lookAgain() {
  clearTimeout(looking);
  looking = setTimeout(() => state.section === "files" && showFiles(), LOOK);
}
