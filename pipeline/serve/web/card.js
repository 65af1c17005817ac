// One question and its answer: what is seen of it while it forms, and after.
class Card {
  constructor(turn, number) {
    Object.assign(this, { turn, number, draws: new Map(), begun: performance.now(), most: 0, ended: 0 });
    this.box = make("article");
    const head = make("div", "asked");
    this.tools = make("div", "tools");
    this.tools.append(button("plain small edit", say("edit"), () => edit(this.turn)), this.copy = button("plain small copy", say("copy"), () => copied(this)));
    this.copy.hidden = true;
    head.append(make("h2", "", turn.question));
    this.standing = make("p", "quiet standing");
    this.status = make("p", "status quiet");
    this.answer = make("p", "answer draft");
    this.badge = make("p", "badges");
    this.trust = make("p", "quiet trust");
    this.proofs = make("ol", "proofs");
    this.near = make("div", "near");
    this.poll = make("div");
    this.further = make("p", "further");
    this.drafts = make("details");
    this.title = make("summary");
    this.grid = make("div", "drawn");
    this.drafts.append(this.title, this.grid);
    this.drafts.hidden = true;
    this.found = make("details", "found");
    this.found.hidden = true;
    this.cost = make("p", "cost");
    this.box.append(head, this.standing, this.status, this.answer, this.badge, this.trust, this.proofs, this.near, this.poll, this.further, this.drafts, this.found, this.cost, this.tools);
    arrows(this.proofs);
    if (turn.standing) this.standing_({ question: turn.standing });
    if (turn.passages) this.passages({ passages: turn.passages });
    if (turn.told) this.shown();
    else if (turn.failed) this.fail(turn.failed);
  }
  // Begins to think, or to think on.
  begin() {
    Object.assign(this, { begun: performance.now(), most: 0, draws: new Map(), ended: 0 });
    this.grid.replaceChildren();
    this.drafts.hidden = true;
    this.drafts.open = true;
    this.badge.replaceChildren();
    this.trust.textContent = "";
    this.further.replaceChildren();
    this.tools.hidden = true;
    this.box.setAttribute("aria-busy", "true");
    this.now(say("searching"));
  }
  now(text, done, most) {
    this.status.replaceChildren(text);
    if (most) {
      const bar = make("progress");
      bar.max = most; bar.value = done;
      bar.setAttribute("aria-label", text);
      this.status.append(bar);
    }
  }
  draw(n) {
    if (!this.draws.has(n)) {
      const box = make("div", "said now"), meta = make("div", "meta"), text = make("span");
      box.tabIndex = 0;
      meta.append(make("span", "", say("sample", { n: n + 1 })));
      box.append(meta, text);
      this.draws.set(n, { box, meta, text });
      const after = [...this.draws.keys()].filter(k => k > n).sort((a, b) => a - b)[0];
      this.grid.insertBefore(box, after === undefined ? null : this.draws.get(after).box);
      this.title.textContent = say("samples_title", { n: this.draws.size });
      this.drafts.hidden = this.draws.size < 2;
    }
    return this.draws.get(n);
  }
  standing_({ question }) {
    this.turn.standing = question;
    this.standing.textContent = say("standing", { question });
  }
  passages({ passages }) {
    this.turn.passages = passages.map(p => ({ ...p, text: p.text.slice(0, 300) }));
    if (this.box.getAttribute("aria-busy")) this.now(say("reading"));
    if (!passages.length) return;
    this.found.hidden = false;
    const list = make("ul", "proofs");
    list.append(...passages.map(p => proof(p, p.heading || p.text.slice(0, 120))));
    arrows(list);
    this.found.replaceChildren(make("summary", "", say("passages", { n: passages.length })), list);
  }
  token({ draw, text }) {
    const at = this.draw(draw);
    at.text.append(text);
    at.box.scrollTop = at.box.scrollHeight;
    if (this.turn.told) return;
    if (this.draws.size === 1) this.answer.append(text);
    else if (this.answer.textContent) this.answer.replaceChildren();
    if (!this.most) this.now(say("reading"));
  }
  sample({ draw, text, tokens }) {
    const at = this.draw(draw);
    at.text.textContent = text.trim();
    at.box.classList.remove("now");
    at.meta.append(make("span", "", say("tokens", { n: number(tokens) })));
    at.box.scrollTop = 0;
    this.ended++;
  }
  votes({ votes, done, most, won }) {
    this.most = most;
    if (most) this.now(say("samples", { done, most }), done, most);
    if (!votes.length) return this.poll.replaceChildren();
    const all = done || votes.reduce((sum, v) => sum + v.count, 0), box = make("div", won ? "votes won" : "votes");
    box.append(...votes.slice(0, 6).map(vote => {
      const row = make("div", "vote"), bar = make("progress"), name = make("span", "name", vote.answer);
      bar.max = all; bar.value = vote.count;
      bar.setAttribute("aria-label", `${vote.answer}: ${vote.count}`);
      name.title = vote.answer;
      row.append(name, bar, make("span", "", `${number(vote.count)} / ${number(all)}`));
      return row;
    }));
    this.poll.replaceChildren(make("h3", "", say("votes")), box);
  }
  finish(told) {
    const { turn } = this;
    turn.seconds = (performance.now() - this.begun) / 1000;
    turn.made = Math.max(told.draws - (turn.told?.draws || 0), 1);
    turn.told = told;
    delete turn.failed;
    this.shown();
    announce(say("answered", { text: told.text.trim() }));
  }
  shown() {
    const { turn } = this, { told } = turn;
    this.done();
    this.answer.className = "answer";
    this.answer.replaceChildren(...cited(told));
    formulas(this.answer);
    const [kind, words] = told.verified
      ? told.abstained ? ["", "refused"] : told.quoted ? ["", "quoted"] : ["good", "verified"]
      : ["", told.answer === null ? "undecided" : "unchecked"];
    const unsupported = told.verified && !told.abstained && !told.citations.length; // about the tool itself
    this.badge.replaceChildren(...(unsupported ? [] : [make("span", `badge ${kind}`, say(words))]));
    if (!told.complete) this.badge.append(" ", make("span", "badge", say("short")));
    this.trust.textContent = [told.trust, told.notice].filter(Boolean).join(". ");
    this.trust.hidden = told.abstained && !told.notice;
    this.proofs.replaceChildren(...told.citations.map(c => proof(c, told.kind ? "" : c.marked || c.quote)));
    this.beside(told);
    this.votes({ votes: told.votes, done: told.draws, most: 0, won: true });
    if (told.draws < 2) this.poll.replaceChildren();
    this.longer();
    this.copy.hidden = false;
    this.cost.textContent = say("cost", { read: number(told.prompt_tokens), written: number(told.generated_tokens), seconds: number(turn.seconds, 1) });
  }
  // Passages beside the answer: those that come closest where there is none, those that may bear on it.
  beside(told) {
    const near = told.abstained ? (told.closest?.length ? told.closest : this.turn.passages || []).slice(0, 3) : told.also || [];
    this.near.replaceChildren();
    if (!near.length) return;
    const list = make("ul", "proofs");
    list.append(...near.map(p => proof(p, p.marked || p.quote || p.text || p.heading || "")));
    arrows(list);
    this.near.append(make("h3", "", say(told.abstained ? "closest" : "also")), list);
    this.found.hidden = told.abstained || this.found.hidden;
  }
  longer() {
    const next = further(this.turn);
    this.further.replaceChildren();
    if (!next) return;
    const more = button("longer", say("longer_to", { n: next.draws }), () => ask(this.turn, next.strategy));
    this.further.append(more, " ", make("span", "quiet", next.price));
  }
  done() {
    this.status.replaceChildren();
    this.box.removeAttribute("aria-busy");
    this.drafts.open = false;
    this.tools.hidden = false;
  }
  // Stopped, or gone wrong. An answer that was there before stays.
  fail(words) {
    if (this.turn.told) this.shown();
    else {
      this.done();
      this.turn.failed = words;
      this.answer.replaceChildren();
    }
    this.badge.append(" ", make("span", "badge bad", words));
    for (const { box } of this.draws.values()) box.classList.remove("now");
    announce(words);
  }
}

// The text of an answer with its marks: where it numbers its own quotations in it, else at its end.
function cited(told) {
  const mark = i => {
    const c = told.citations[i], at = button("cite", `[${i + 1}]`, () => show(c, at));
    at.setAttribute("aria-label", say("mark", { n: i + 1, place: c.place }));
    return at;
  };
  const text = told.text.trim();
  if (!told.kind) return [...formulated(text), ...told.citations.map((_, i) => mark(i))];
  return text.replace(/^- /gm, "• ").split(/\[(\d+)\]/).flatMap((part, i) =>
    i % 2 ? told.citations[part - 1] ? mark(part - 1) : `[${part}]` : formulated(part));
}
// A passage or a quotation, as a button that opens its note; what the answer says is marked in it.
function proof(place, words) {
  const item = make("li"), said = make("span", "said-in");
  const at = button("proof", "", () => show({ ...place, quote: place.quote || "" }, at));
  if (Array.isArray(words)) said.append(...words.map(([text, is]) => is ? make("mark", "", text) : text));
  else said.textContent = words.replace(/\s+/g, " ").trim();
  at.append(make("b", "", place.place), said);
  item.append(at);
  return item;
}

// Rules of which the first samples are those of the same rule with fewer.
const VOTES = new Set("sc verified adaptive anytime esc weighted deepconf grounded mbr rerank".split(" "));
// What thinking longer about a turn would be: the strategy with twice the samples, and its price.
function further({ strategy, told, seconds, made }) {
  const found = /^((?:(?:rag|ask)\d*\+)?[a-z-]+)(?:@([a-z-]+?)(\d+))?$/.exec(strategy);
  if (!found || told.abstained || !told.draws || (found[2] && !VOTES.has(found[2]))) return null;
  const before = Number(found[3] || 1), draws = Math.max(2 * before, 8);
  if (draws > 64 || told.draws < before) return null; // it was sure before it had made them all
  const next = `${found[1]}@${found[2] || (strategy.startsWith("ask") ? "verified" : "sc")}${draws}`;
  const [now, then] = [priced(strategy), priced(next)];
  for (const row of now) {
    const other = then.find(one => one.run === row.run && one.task === row.task);
    if (!other) continue;
    const points = 100 * (other.accuracy - row.accuracy);
    return { strategy: next, draws, price: say("longer_measured", { seconds: number(other.seconds - row.seconds, 1), points: (points < 0 ? "−" : "+") + number(Math.abs(points), 1), task: row.task }) };
  }
  return { strategy: next, draws, price: say("longer_about", { seconds: number(Math.max((seconds / made) * (draws - told.draws), .1), seconds > 5 ? 0 : 1) }) };
}

async function copied(card) {
  const { told } = card.turn;
  const text = [told.text.trim(), ...told.citations.map((c, i) => `[${i + 1}] ${c.place}: ${c.quote}`)].join("\n");
  try {
    await navigator.clipboard.writeText(text);
  } catch { // without a secure address there is no clipboard: a selection can be copied everywhere
    const field = make("textarea", "unseen");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    card.copy.focus();
  }
  card.copy.textContent = say("copied");
  announce(say("copied"));
  setTimeout(() => { card.copy.textContent = say("copy"); }, 2000);
}
