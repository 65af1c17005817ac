// A note laid out: the server's tree as elements of a closed list of names, and a sentence marked in it.
const TAGS = new Set("p h1 h2 h3 h4 h5 h6 ul ol li table thead tbody tr th td blockquote em strong del code hr br span".split(" "));
const clock = seconds => {
  const whole = Math.floor(seconds), two = n => String(n).padStart(2, "0");
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
};

function grown(node) {
  if (typeof node === "string") return document.createTextNode(node);
  const [name, told, ...children] = node;
  let at, into;
  if (name === "part") at = into = make("p", "place", fill(WORDS[tongue].unit[told.unit] || "{n}", { n: told.number }));
  else if (name === "math") at = into = make(told.display ? "div" : "span", "math");
  else if (name === "pre") { at = make("pre"); into = make("code"); at.append(into); at.tabIndex = 0; }
  else if (name === "table") { at = make("div", "wide"); at.tabIndex = 0; into = make("table"); at.append(into); }
  else if (name === "a" && /^(https?:\/\/|mailto:)/i.test(told.href || "")) {
    at = into = make("a");
    Object.assign(at, { href: told.href, target: "_blank", rel: "noopener noreferrer" });
  } else at = into = make(TAGS.has(name) ? name : "span", told.picture ? "picture" : "");
  if (told.display) at.dataset.display = "yes";
  if (told.lines) [at.dataset.first, at.dataset.last] = told.lines;
  if (told.align) at.classList.add(`to-${told.align}`);
  if (name === "ol" && Number.isInteger(told.start)) at.start = told.start;
  if (told.time !== undefined) into.append(make("time", "", clock(told.time)), " ");
  into.append(...children.map(grown));
  return at;
}

// Formulas, by KaTeX: it makes elements of its own and runs nothing that a note says.
function formulas(root) {
  for (const at of root.querySelectorAll(".math")) {
    const marked = at.querySelector("mark") !== null, tex = at.textContent;
    katex.render(tex, at, { displayMode: at.dataset.display === "yes", throwOnError: false, trust: false, strict: "ignore", maxExpand: 200 });
    if (marked) at.classList.add("marked");
    if (at.dataset.display) at.tabIndex = 0;
  }
}

// A text and the formulas in it; a dollar before a figure or after a space is money.
const formulated = text => text.split(/\$(?=[^\s$])([^$\n]{1,200}?[^\s$\\]|[^\s$])\$(?!\d)|\\\((.{1,200}?)\\\)/).flatMap((part, i) =>
  part === undefined ? [] : i % 3 ? make("span", "math", part) : [part]);

// The letters and figures of a text, in small letters: how words are spaced and set does not matter.
const LETTER = /[\p{L}\p{N}]/u;
function letters(nodes) {
  let text = "";
  const places = [];
  nodes.forEach(node => {
    const value = node.data ?? node;
    for (let i = 0; i < value.length;) {
      const char = String.fromCodePoint(value.codePointAt(i));
      if (LETTER.test(char)) {
        const small = char.toLowerCase();
        text += small;
        for (let k = 0; k < small.length; k++) places.push([node, i, i + char.length]);
      }
      i += char.length;
    }
  });
  return { text, places };
}
const stands = (at, start, end) => at.dataset.last >= start && at.dataset.first <= end;

// Marks a quotation in a laid out note, among the blocks of its lines: the first marked element.
function highlight(root, quote, start, end) {
  const blocks = [...root.querySelectorAll("[data-first]")].filter(at => stands(at, start, end));
  const inner = blocks.filter(at => !blocks.some(other => other !== at && at.contains(other)));
  const outer = blocks.filter(at => !blocks.some(other => other !== at && other.contains(at)));
  const nodes = [];
  for (const block of outer) {
    const walk = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) if (!walk.currentNode.parentElement.closest("time, .place")) nodes.push(walk.currentNode);
  }
  const here = letters(nodes), wanted = letters([quote]).text, at = wanted ? here.text.indexOf(wanted) : -1;
  if (at < 0) {
    inner.forEach(block => block.classList.add("here"));
    return inner[0];
  }
  const parts = new Map();
  for (const [node, first, last] of here.places.slice(at, at + wanted.length)) {
    const part = parts.get(node) || [first, last];
    parts.set(node, [Math.min(part[0], first), Math.max(part[1], last)]);
  }
  const all = [...parts];
  all.forEach(([node, [first, last]], i) => {
    const range = document.createRange();
    range.setStart(node, i ? 0 : first);
    range.setEnd(node, i < all.length - 1 ? node.length : Math.max(last, ended(node, last)));
    if (range.toString().trim()) range.surroundContents(make("mark", "here"));
  });
  return root.querySelector("mark.here");
}
// The end of a sentence takes its full stop along.
const ended = (node, at) => at + (/^[.!?。)\]"”’]+/.exec(node.data.slice(at)) || [""])[0].length;
