// Elements, requests, sentences. Texts of people and of the study are placed as text, never as HTML.

const part = (name) => document.querySelector(`[data-part="${name}"]`);
const state = { study: null, words: {}, overview: null, section: "progress", criterion: "", split: null };

function say(name, fill = {}) {
  return state.words[name].replace(/\{(\w+)\}/g, (_, key) => String(fill[key]));
}

function make(tag, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";
function draw(tag, { text, ...attributes } = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const number = (value) => Number(value).toLocaleString("en");
// With a real minus sign, and never a zero below zero.
function fixed(value, places = 2) {
  if (value === null) return "–";
  const text = value.toFixed(places);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

const percent = (value) => `${Math.floor(value * 100)}%`;
const moment = (iso) =>
  new Date(iso).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });

// A reply, or undefined where the page has turned to the sign-in.
async function ask(act, data = {}) {
  return send(`researcher/do/${act}`, data);
}

let asking = 0;
function busy(step) {
  asking += step;
  document.body.dataset.asking = asking;
}

async function send(path, data) {
  busy(1);
  try {
    return await sent(path, data);
  } finally {
    busy(-1);
  }
}

async function sent(path, data) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(data),
    });
  } catch {
    notice(state.words.unreachable ?? "The server cannot be reached.");
    return undefined;
  }
  if (answer.status === 401) return signedOut();
  const reply = await answer.json().catch(() => ({ ok: false, error: `Error ${answer.status}` }));
  return reply;
}

function notice(sentence) {
  part("notice").textContent = sentence;
  part("notice").hidden = !sentence;
}

function told(sentence) {
  part("said").textContent = sentence;
  part("said").hidden = !sentence;
}

// The same, for what changes something: what went wrong is said, and the page is drawn anew.
async function change(act, data = {}) {
  notice("");
  told("");
  const reply = await ask(act, data);
  if (reply && !reply.ok) notice(reply.error);
  return reply?.ok ? reply : undefined;
}

function rows(table, made) {
  part(table).querySelector("tbody").replaceChildren(...made);
}

// A question whose answer is a word; resolves with what was written, or null.
let answering = null;
function question({ title, text, label, yes }) {
  const dialog = document.querySelector('[data-dialog="ask"]');
  part("ask-title").textContent = title;
  part("ask-text").textContent = text;
  part("ask-label").textContent = label;
  part("ask-yes").textContent = yes;
  part("ask-error").textContent = "";
  document.getElementById("ask-field").value = "";
  dialog.showModal();
  return new Promise((resolve) => (answering = resolve));
}

function closeQuestion(answer) {
  document.querySelector('[data-dialog="ask"]').close();
  answering?.(answer);
  answering = null;
}
