// Conversations: kept in this browser, asked, followed up, edited.
const MOST_TALKS = 30, MOST_TURNS = 60;
let talks = [], talk = null, asking = null, editing = null;
const cards = new Map();

try { talks = JSON.parse(kept("talks") || "[]").filter(one => Array.isArray(one?.turns)); } catch { talks = []; }
function keep() {
  const full = talks.filter(one => one.turns.length).slice(0, MOST_TALKS);
  const plain = full.map(one => ({ ...one, turns: one.turns.slice(-MOST_TURNS) }));
  // What has no room goes, the oldest first.
  while (plain.length && kept("talks", JSON.stringify(plain)) === null) plain.pop();
  if (!plain.length) kept("talks", null);
  listTalks();
}
function begin() {
  talk = { turns: [] };
  talks.unshift(talk);
  open(talk);
}
function open(one) {
  if (asking) asking.abort();
  talk = one;
  stopEditing();
  cards.clear();
  $("answers").replaceChildren();
  try { for (const turn of talk.turns) put(turn); } catch { talk.turns = []; $("answers").replaceChildren(); } // kept by another version
  listTalks();
  welcome();
  $("flow").scrollTop = $("flow").scrollHeight;
}
function put(turn) {
  const card = new Card(turn);
  cards.set(turn, card);
  $("answers").append(card.box);
  return card;
}
function listTalks() {
  const full = talks.filter(one => one.turns.length);
  $("talks").replaceChildren(...full.slice(0, MOST_TALKS).map(one => {
    const item = make("li"), at = button("row", one.turns[0].question, () => { open(one); closeMenu(); });
    if (one === talk) at.setAttribute("aria-current", "true");
    item.append(at);
    return item;
  }));
  $("clear").hidden = !full.length;
}
function welcome() { $("welcome").hidden = talk.turns.length > 0; }

// The turns before one, as the server takes them.
const before = turn => talk.turns.slice(0, talk.turns.indexOf(turn)).filter(one => one.told).slice(-8)
  .map(one => ({ question: one.standing || one.question, answer: one.told.abstained ? "" : one.told.text }));

// Asks a turn; with a strategy, thinks on about one that is answered.
async function ask(turn, strategy) {
  if (asking) return;
  const mine = asking = new AbortController(), card = cards.get(turn), chosen = strategy || turn.strategy;
  const body = { question: turn.question, strategy: chosen, history: before(turn) };
  const limit = strategy ? null : /^(\d+)([st])$/.exec($("budget").value);
  if (limit) body[limit[2] === "s" ? "seconds" : "tokens"] = Number(limit[1]);
  busy(true);
  card.begin();
  announce(say("searching"));
  let told = false;
  try {
    const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal: mine.signal };
    for await (const [name, value] of events(await fetched("/api/ask", options))) {
      const near = follows();
      if (name === "answer") { turn.strategy = chosen; card.finish(value); told = true; }
      else if (name === "error") { card.fail(value.message); told = true; }
      else if (name === "standing") card.standing_(value);
      else card[name](value);
      if (near) reveal(card.box);
    }
    if (!told) card.fail(say("lost"));
  } catch (error) {
    card.fail(problem(error));
  } finally {
    asking = null;
    busy(false);
    keep();
  }
}
// The end of a card, or its beginning where it is higher than what is seen.
const reveal = box => box.scrollIntoView({ block: box.offsetHeight > $("flow").clientHeight - 20 ? "start" : "end" });
const follows = () => $("flow").scrollHeight - $("flow").scrollTop - $("flow").clientHeight < 160;
function submit(question) {
  question = question.trim();
  if (!question || asking) return;
  if (editing) {
    const from = talk.turns.indexOf(editing);
    for (const turn of talk.turns.splice(from)) { cards.get(turn)?.box.remove(); cards.delete(turn); }
  }
  stopEditing();
  const turn = { question, strategy: $("strategy").value };
  kept("strategy", turn.strategy);
  talk.turns.push(turn);
  talks = [talk, ...talks.filter(one => one !== talk)];
  put(turn);
  welcome();
  $("question").value = "";
  $("flow").scrollTop = $("flow").scrollHeight;
  ask(turn);
}
function edit(turn) {
  if (asking) return;
  editing = turn;
  $("question").value = turn.question;
  $("editing").hidden = false;
  $("question").focus();
}
function stopEditing() {
  if (editing) $("question").value = "";
  editing = null;
  $("editing").hidden = true;
}
function busy(is) {
  $("ask").hidden = is;
  $("stop").hidden = !is;
  document.documentElement.dataset.asking = is ? "yes" : "no";
  if (!is && (document.activeElement === document.body || document.activeElement === $("stop"))) $("question").focus({ preventScroll: true });
}

$("form").addEventListener("submit", event => { event.preventDefault(); submit($("question").value); });
$("question").addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit($("question").value); }
});
$("stop").addEventListener("click", () => asking && asking.abort());
$("cancel").addEventListener("click", () => { stopEditing(); $("question").focus(); });
$("new").addEventListener("click", () => { begin(); closeMenu(); $("question").focus(); });
$("clear").addEventListener("click", () => {
  if (!confirm(say("clear_sure"))) return;
  talks = [];
  kept("talks", null);
  begin();
  $("question").focus();
});
arrows($("talks"));
