// The page as a whole: its words, its options, its keys.
function speak() {
  document.documentElement.lang = tongue;
  for (const at of document.querySelectorAll("[data-say]")) at.textContent = say(at.dataset.say);
  for (const at of document.querySelectorAll("[data-hint]")) at.placeholder = say(at.dataset.hint);
  for (const at of document.querySelectorAll("[data-label]")) at.setAttribute("aria-label", say(at.dataset.label));
  $("language").textContent = say("other");
  $("language").lang = tongue === "ko" ? "en" : "ko";
  choices();
  runs();
}

function described(name) {
  const found = /^(?:(closed|rag|ask)(\d*)\+)?([a-z-]+)(?:@([a-z-]+?)(\d*))?$/.exec(name);
  if (!found) return name;
  const words = WORDS[tongue], [, access = "", , way, rule, n] = found;
  const parts = [words.access[access === "closed" ? "" : access], words.way[way] || way];
  if (rule) parts.push(words.rule[rule] && n ? fill(words.rule[rule], { n, needed: about.needed[name] }) : n ? say("more", { rule, n }) : rule);
  return parts.join(" · ");
}
function choices() {
  const chosen = [$("strategy").value, kept("strategy")].find(name => about.strategies.includes(name)) || about.strategies[0];
  $("strategy").replaceChildren(...about.strategies.map(name => {
    const option = make("option", "", described(name) + (priced(name).length ? ` · ${number(priced(name)[0].seconds, 1)} s` : ""));
    option.value = name;
    option.selected = name === chosen;
    return option;
  }));
  const limit = $("budget").value;
  const limits = [["", say("free")], ...[2, 5, 15].map(n => [`${n}s`, say("seconds", { n })]), ...[500, 2000].map(n => [`${n}t`, say("tokens", { n: number(n) })])];
  $("budget").replaceChildren(...limits.map(([value, text]) => {
    const option = make("option", "", text);
    option.value = value;
    option.selected = value === limit;
    return option;
  }));
  price();
}
const priced = name => about.prices.filter(row => row.strategy === name && row.model.startsWith(about.model));
function price() {
  const name = $("strategy").value, rows = priced(name).slice(0, 2);
  $("price").replaceChildren(make("code", "", name), " ", rows.length ? rows.map(row => say("measured", {
    task: row.task, tokens: number(row.tokens), seconds: number(row.seconds, 1), n: number(row.n),
    right: new Intl.NumberFormat(tongue, { style: "percent" }).format(row.accuracy),
  })).join(" ") : name ? say("unmeasured") : "");
}
function runs() {
  $("past").hidden = !about.runs.length;
  $("runs-title").textContent = say("runs", { n: number(about.runs.length) });
  $("runs").replaceChildren(...about.runs.slice(0, 30).map(run => {
    const item = make("li"), link = make("a", "", run.name);
    link.href = `/reports/${encodeURIComponent(run.name)}`;
    const when = new Date(run.created), day = isNaN(when) ? "" : when.toLocaleDateString(tongue, { dateStyle: "medium" });
    item.append(link, make("span", "quiet", [day, run.tasks.join(", "), say("questions", { n: number(run.questions) }), run.strategies.join(", ")].filter(Boolean).join(" · ")));
    return item;
  }));
}

async function load() {
  delete document.documentElement.dataset.ready;
  try {
    about = await (await fetched("/api/about")).json();
    $("model").textContent = [about.model, about.reasoner].filter(Boolean).join(" + ");
    $("notices").replaceChildren(...about.notices.map(notice => make("p", "", notice)));
    $("notices").hidden = !about.notices.length;
    speak();
    if (!talk) begin();
    else if (!asking) open(talk);
    await loadSources();
    document.documentElement.dataset.ready = "yes";
    await loadExamples();
  } catch (error) {
    $("notices").hidden = false;
    $("notices").replaceChildren(make("p", "problem", problem(error)));
  }
}

$("strategy").addEventListener("change", price);
$("language").addEventListener("click", () => { tongue = tongue === "ko" ? "en" : "ko"; kept("language", tongue); speak(); load(); });
document.addEventListener("keydown", event => {
  const typing = /^(TEXTAREA|INPUT|SELECT)$/.test(document.activeElement.tagName);
  if (event.key === "/" && !typing) { event.preventDefault(); $("question").focus(); }
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (!$("evidence").hidden && ($("evidence").contains(document.activeElement) || !asking)) hideEvidence();
  else if (asking) asking.abort();
  else if ($("sources").classList.contains("open")) { closeMenu(); $("menu").focus(); }
  else if (editing) stopEditing();
});
$("key-form").addEventListener("submit", async event => {
  event.preventDefault();
  const body = JSON.stringify({ key: $("key").value });
  const reply = await fetch("/api/key", { method: "POST", headers: { "content-type": "application/json" }, body });
  $("key-problem").textContent = reply.ok ? "" : say("no_key");
  if (reply.ok) { $("key").value = ""; $("lock").close(); load(); }
});
speak();
load();
$("question").focus();
