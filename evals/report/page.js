"use strict";
// The questions of a run: unpacked, filtered, a page at a time. Words of notes and models only ever
// become text nodes, never markup.
(() => {
  const PAGE = 25;
  const find = (id) => document.getElementById(id);
  const root = find("questions");
  if (!root) return;

  const words = find("words") ? JSON.parse(find("words").textContent) : {};
  const say = (text, n, m) => (words[text] || text).replace(/\{n\}/g, n).replace(/\{m\}/g, m);

  const make = (tag, kind, ...inside) => {
    const node = document.createElement(tag);
    if (kind) node.className = kind;
    for (const part of inside) if (part !== null && part !== undefined && part !== "") node.append(part);
    return node;
  };

  const unpacked = async (id) => {
    const packed = atob(find(id).textContent.trim());
    const bytes = new Uint8Array(packed.length);
    for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  };

  const pieces = new Map();
  const piece = (number) => {
    if (!pieces.has(number)) pieces.set(number, unpacked("piece-" + number));
    return pieces.get(number);
  };

  const VERDICT = ["wrong", "right", "no answer"];
  const SIGN = ["✗", "✓", "–"];
  let run, shown = [], page = 0;

  // item: [task, id, question, golds, language, kind, difficulty, cluster, answerable, spans, outcomes]
  // outcome: [strategy, model, verdict, answer, score, confidence, why, cause, votes, draws, passages,
  //           [prompt, generated], seconds, gold found, citations]
  const wanted = () => ({
    task: find("f-task").value, model: find("f-model").value, strategy: find("f-strategy").value,
    verdict: find("f-verdict").value, kind: find("f-kind").value, language: find("f-language").value,
    text: find("f-text").value.trim().normalize("NFC").toLowerCase(),
  });

  const outcomesFor = (item, want) => item[10].filter((o) =>
    (!want.model || run.models[o[1]] === want.model) && (!want.strategy || run.strategies[o[0]] === want.strategy));

  const matches = (item, want) => {
    if (want.task && run.tasks[item[0]] !== want.task) return false;
    if (want.kind && item[5] !== want.kind) return false;
    if (want.language && item[4] !== want.language) return false;
    const rows = outcomesFor(item, want);
    if (!rows.length) return false;
    if (want.verdict === "differ") {
      if (!rows.some((o) => o[2] === 1) || !rows.some((o) => o[2] !== 1)) return false;
    } else if (want.verdict.startsWith("cause:")) {
      if (!rows.some((o) => o[7] === want.verdict.slice(6))) return false;
    } else if (want.verdict && !rows.some((o) => VERDICT[o[2]] === want.verdict)) return false;
    if (!want.text) return true;
    const words = [item[1], item[2], ...item[3], item[7], ...rows.map((o) => o[3] || "")];
    return words.some((w) => w.normalize("NFC").toLowerCase().includes(want.text));
  };

  const marked = (text, golds) => {
    const node = document.createDocumentFragment();
    const gold = golds.find((g) => g.length > 1 && text.includes(g));
    if (!gold) { node.append(text); return node; }
    let at = 0;
    for (let hit = text.indexOf(gold); hit >= 0; hit = text.indexOf(gold, at)) {
      node.append(text.slice(at, hit), make("mark", "", gold));
      at = hit + gold.length;
    }
    node.append(text.slice(at));
    return node;
  };

  const folded = (title, fill) => {
    const node = make("details", "", make("summary", "", title));
    node.addEventListener("toggle", () => { if (node.open && node.childElementCount === 1) fill(node); });
    return node;
  };

  const votesOf = (o) => {
    const list = make("div", "votes");
    const most = Math.max(...o[8].map((v) => v[2] || 0), 1e-9);
    for (const [answer, count, weight] of o[8].slice(0, 8)) {
      const bar = make("progress");
      bar.max = most; bar.value = weight || 0;
      bar.setAttribute("aria-label", count + " " + say("votes"));
      const name = make("span", "name", answer);
      name.title = answer;
      list.append(make("div", "vote", name, bar, String(count)));
    }
    if (o[8].length > 8) list.append(make("div", "quiet", say("and {n} more answers", o[8].length - 8)));
    return list;
  };

  const drawsOf = (o, item, data) => folded(say(o[9].length === 1 ? "{n} reply" : "{n} replies", o[9].length), (node) => {
    for (const key of o[9]) {
      const d = data.d[key];
      if (!d) continue;
      const [template, draw, greedy, answer, score, tokens, finish, logprob, text, thinking] = d;
      const meta = make("div", "meta",
        make("span", "badge v" + (score >= 1 ? 1 : answer === null ? 2 : 0), SIGN[score >= 1 ? 1 : answer === null ? 2 : 0] + " " + (answer === null ? say("no answer") : answer)),
        make("span", "", template + (greedy ? say(", greedy") : say(", sample {n}", draw))), make("span", "", say("{n} tokens", tokens)),
        make("span", "", finish === "length" ? say("cut off at the limit") : finish), logprob === null ? "" : make("span", "", say("log-prob. {n}", logprob)));
      node.append(make("div", "said", meta, thinking ? make("div", "quiet", thinking) : "", marked(text, item[3])));
    }
  });

  const outcomeOf = (o, item, data) => {
    const verdict = make("span", "badge v" + o[2], say(VERDICT[o[2]]));
    const many = run.models.length > 1 ? " · " + run.models[o[1]] : "";
    const price = say("{n} tokens", o[11][0] + " + " + o[11][1]) + " · " + Number((o[12] || 0).toPrecision(3)) + " s";
    const head = make("div", "head", make("strong", "", run.strategies[o[0]] + many), verdict,
      o[7] ? make("span", "badge", say(o[7])) : "", make("span", "price", price));
    const node = make("div", "outcome", head);
    node.append(make("div", "", o[3] === null ? make("span", "quiet", say("no answer")) : "“" + o[3] + "”", o[6] ? make("span", "quiet", " — " + o[6]) : ""));
    if (o[8].length > 1) node.append(votesOf(o));
    for (const [place, quote] of o[14]) node.append(make("div", "said", make("div", "meta", place), quote));
    if (o[10].length) node.append(folded(say(o[10].length === 1 ? "{n} passage shown" : "{n} passages shown", o[10].length) + (o[13] === 0 ? say(" (right passage not found)") : ""), (box) => {
      for (const key of o[10]) {
        const [place, heading, text] = data.p[key];
        box.append(make("div", "said", make("div", "meta", make("span", "", place), make("span", "", heading)), marked(text, item[3])));
      }
    }));
    if (o[9].length) node.append(drawsOf(o, item, data));
    return node;
  };

  const openItem = async (box, number, want) => {
    const item = run.items[number];
    const data = await piece(Math.floor(number / run.piece));
    const body = make("div", "body");
    const gold = make("p", "");
    gold.append(say("Correct answer: "));
    if (!item[8]) gold.append(make("span", "gold", say("cannot be answered")));
    item[3].slice(0, 6).forEach((g) => gold.append(make("span", "gold", g), " "));
    body.append(gold);
    for (const [source, quote] of item[9]) body.append(make("div", "said", make("div", "meta", source), marked(quote, item[3])));
    for (const o of outcomesFor(item, want)) body.append(outcomeOf(o, item, data));
    box.append(body);
  };

  const row = (number, want) => {
    const item = run.items[number];
    const dots = make("span", "signs");
    for (const o of outcomesFor(item, want)) {
      const dot = make("span", "sign v" + o[2], SIGN[o[2]]);
      const said = run.strategies[o[0]] + (run.models.length > 1 ? ", " + run.models[o[1]] : "") + ": " + say(VERDICT[o[2]]);
      dot.title = said;
      dot.setAttribute("role", "img");
      dot.setAttribute("aria-label", said);
      dots.append(dot);
    }
    const tags = make("span", "tags");
    const said = [run.tasks.length > 1 ? run.tasks[item[0]] : "", item[1], item[5], item[4], item[6], item[7] !== item[1] ? item[7] : ""];
    for (const tag of said) if (tag) tags.append(make("span", "", tag));
    const long = item[2].length > 400 ? item[2].slice(0, 400) + "…" : item[2];
    const box = make("details", "q", make("summary", "", make("span", "asked", long), dots, tags));
    box.addEventListener("toggle", () => { if (box.open && box.childElementCount === 1) openItem(box, number, want); });
    return box;
  };

  const draw = () => {
    const want = wanted();
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    page = Math.min(page, pages - 1);
    find("list").replaceChildren(...shown.slice(page * PAGE, (page + 1) * PAGE).map((n) => row(n, want)));
    find("count").textContent = shown.length === run.items.length
      ? say("{n} questions", shown.length.toLocaleString("en"))
      : say("{n} of {m} questions", shown.length.toLocaleString("en"), run.items.length.toLocaleString("en"));
    find("where").textContent = say("page {n} of {m}", page + 1, pages);
    find("previous").disabled = page === 0;
    find("next").disabled = page >= pages - 1;
  };

  const filter = () => {
    const want = wanted();
    shown = [];
    run.items.forEach((item, number) => { if (matches(item, want)) shown.push(number); });
    page = 0;
    draw();
  };

  const options = (id, values, none) => {
    const select = find(id);
    select.append(new Option(none, ""));
    for (const [value, said] of values) select.append(new Option(said, value));
    select.closest("label").hidden = values.length < 2;
    select.addEventListener("change", filter);
  };

  const start = async () => {
    run = await unpacked("index");
    const same = (values) => [...new Set(values)].filter(Boolean).sort().map((v) => [v, v]);
    const named = (values) => values.map((v) => [v, v]);
    options("f-task", named(run.tasks), say("all tasks"));
    options("f-model", named(run.models), say("all models"));
    options("f-strategy", named(run.strategies), say("all strategies"));
    const causes = same(run.items.flatMap((i) => i[10].map((o) => o[7])));
    options("f-verdict", [...["right", "wrong", "no answer"].map((v) => [v, say(v)]),
      ["differ", say("strategies differ")], ...causes.map(([c]) => ["cause:" + c, say("why: {cause}").replace("{cause}", say(c))])], say("all verdicts"));
    options("f-kind", same(run.items.map((i) => i[5])), say("all kinds"));
    options("f-language", same(run.items.map((i) => i[4])), say("all languages"));
    let waiting = 0;
    find("f-text").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 150); });
    const turn = (by) => { page += by; draw(); root.scrollIntoView(); };
    find("previous").addEventListener("click", () => turn(-1));
    find("next").addEventListener("click", () => turn(1));
    filter();
    document.documentElement.dataset.ready = String(Math.round(performance.now()));
  };

  start().catch((error) => { find("count").textContent = say("The questions cannot be read: {why}").replace("{why}", error.message); });
})();
