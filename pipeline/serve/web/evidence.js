// The evidence at the right: the note laid out with the sentence marked, a PDF page as a picture, or the raw lines.
const evidence = { place: null, note: null, opener: null, page: 0, turn: 0 };
const pathed = path => path.split("/").map(encodeURIComponent).join("/");
const over = () => matchMedia("(max-width: 1099px)").matches;

async function show(place, opener) {
  const turn = ++evidence.turn, query = new URLSearchParams({ start: place.start_line || 0, end: place.end_line || 0 });
  Object.assign(evidence, { place, note: null, opener: opener || document.activeElement, page: 0 });
  $("evidence-name").textContent = place.place;
  $("evidence-link").href = `/notes/${pathed(place.source)}?${query}${place.start_line ? `#L${place.start_line}` : ""}`;
  $("evidence-note").replaceChildren();
  $("evidence-lines").replaceChildren();
  $("evidence-part").textContent = "";
  $("pager").hidden = true;
  $("evidence").hidden = false;
  $("workspace").classList.add("open");
  shade();
  $("evidence-name").focus({ preventScroll: true });
  try {
    query.set("quote", place.quote || "");
    const note = await (await fetched(`/api/note/${pathed(place.source)}?${query}`)).json();
    if (turn !== evidence.turn) return;
    evidence.note = note;
    evidence.page = place.page || note.page;
    layOut();
  } catch (error) {
    if (turn === evidence.turn) $("evidence-part").textContent = problem(error);
  }
}
function layOut() {
  const { note } = evidence, raw = $("raw").getAttribute("aria-pressed") === "true" || !(note.tree || note.page);
  $("evidence-note").hidden = raw;
  $("evidence-lines").hidden = !raw;
  $("pager").hidden = raw || !note.page;
  $("evidence-part").textContent = "";
  if (raw) return lines(note);
  if (note.page) return picture();
  $("evidence-note").className = "laid-out";
  $("evidence-note").replaceChildren(...note.tree.map(grown));
  const here = note.start ? highlight($("evidence-note"), note.mark, note.start, note.end) : null;
  formulas($("evidence-note"));
  look(here);
}
function lines(note) {
  const last = note.first + note.lines.length - 1;
  const said = note.lines.length < note.total ? say("part", { first: number(note.first), last: number(last), total: number(note.total) }) : "";
  $("evidence-part").textContent = [note.tree || note.page ? "" : say("no_layout"), said].filter(Boolean).join(" ");
  $("evidence-lines").replaceChildren(...note.lines.map((line, i) => {
    const row = make("li", "", line), n = note.first + i;
    row.value = n;
    if (n >= note.start && n <= note.end) row.className = "here";
    return row;
  }));
  look($("evidence-lines").querySelector(".here"));
}
function look(here) {
  if (here) here.scrollIntoView({ block: "center" });
  else $("evidence-scroll").scrollTop = 0;
}
async function picture() {
  const { place, note, turn } = evidence, asked = new URLSearchParams({ page: evidence.page, width: Math.round(700 * Math.min(devicePixelRatio || 1, 2)), quote: note.start ? note.mark : "" });
  try {
    const drawn = await (await fetched(`/api/picture/${pathed(place.source)}?${asked}`)).json();
    if (turn !== evidence.turn) return;
    const sheet = make("div", "sheet"), image = make("img");
    image.src = `data:image/png;base64,${drawn.png}`;
    image.alt = say("page_picture", { page: drawn.page, name: place.source });
    sheet.append(image, ...drawn.marks.map(([left, top, width, height]) => {
      const mark = make("div", "here");
      Object.assign(mark.style, { left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * width}%`, height: `${100 * height}%` });
      return mark;
    }));
    evidence.page = drawn.page;
    $("page-at").textContent = say("page_at", drawn);
    $("page-back").disabled = drawn.page <= 1;
    $("page-on").disabled = drawn.page >= drawn.pages;
    $("evidence-note").className = "";
    $("evidence-note").replaceChildren(sheet);
    await image.decode().catch(() => {});
    look(sheet.querySelector(".here"));
  } catch (error) {
    if (turn !== evidence.turn) return;
    $("raw").setAttribute("aria-pressed", "true");
    layOut();
    $("evidence-part").textContent = problem(error);
  }
}
function turnPage(by) { evidence.page += by; picture(); }
function hideEvidence() {
  evidence.turn++;
  $("evidence").hidden = true;
  $("workspace").classList.remove("open");
  shade();
  const back = evidence.opener;
  if (back && back.isConnected && back !== document.body) back.focus();
  else $("question").focus();
}
// What lies under an open drawer cannot be reached by keyboard.
function shade() {
  const open = over() && !$("evidence").hidden;
  document.querySelector("main").inert = open;
  $("sources").inert = open;
}

$("close").addEventListener("click", hideEvidence);
$("raw").addEventListener("click", () => {
  $("raw").setAttribute("aria-pressed", String($("raw").getAttribute("aria-pressed") !== "true"));
  if (evidence.note) layOut();
});
$("page-back").addEventListener("click", () => turnPage(-1));
$("page-on").addEventListener("click", () => turnPage(1));
addEventListener("resize", shade);
