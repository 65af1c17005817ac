// What the parts of the page share: elements, words, requests, and what this browser keeps.
const $ = id => document.getElementById(id);
function kept(name, value) {
  try {
    if (value === undefined) return localStorage.getItem(name);
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
    return value;
  } catch { return null; }
}
let tongue = kept("language") || (navigator.language.toLowerCase().startsWith("ko") ? "ko" : "en");
let about = { model: "", strategies: [], needed: {}, prices: [], runs: [], notices: [] };

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const say = (name, values = {}) => fill(WORDS[tongue][name], values);
const number = (value, digits = 0) => Number(value).toLocaleString(tongue, { maximumFractionDigits: digits });
const announce = text => { $("live").textContent = text; };
function make(tag, kind, text) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  if (text !== undefined) made.textContent = text;
  return made;
}
function button(kind, text, act) {
  const made = make("button", kind, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

async function fetched(path, options) {
  const reply = await fetch(path, { credentials: "same-origin", ...options, headers: { "accept-language": tongue, ...options?.headers } });
  if (reply.status === 401) { unlock(); throw new Error(say("key_title")); }
  if (!reply.ok) {
    let told = null;
    try { told = (await reply.json()).error.message; } catch { told = `${reply.status} ${reply.statusText}`; }
    throw new Error(told);
  }
  return reply;
}
const problem = error => error.name === "AbortError" ? say("stopped") : error instanceof TypeError ? say("lost") : error.message;
function unlock() {
  if (!$("lock").open) $("lock").showModal();
}
// The events of a reply, one after the other: [name, value].
async function* events(reply) {
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const named = /^event: (.*)\ndata: (.*)$/s.exec(block);
      if (named) yield [named[1], JSON.parse(named[2])];
    }
  }
}

// The arrow keys go through the buttons of a list.
function arrows(list) {
  list.addEventListener("keydown", event => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    const all = [...list.querySelectorAll("button, a")].filter(one => one.offsetParent);
    const at = all.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    all[Math.min(Math.max(at + step, 0), all.length - 1)].focus();
  });
}
