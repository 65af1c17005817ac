// The notes at the left: listed, filtered, opened, added.
let sources = { notes: [], left_out: [], folder: null };

async function loadSources() {
  sources = await (await fetched("/api/sources")).json();
  $("add").hidden = !sources.folder;
  listNotes();
  const { left_out } = sources, box = $("left-out");
  box.hidden = !left_out.length;
  box.querySelector("summary").textContent = say("left_out", { n: left_out.length });
  box.querySelector("ul").replaceChildren(...left_out.map(one => {
    const item = make("li");
    item.append(make("b", "", one.path), make("span", "quiet", [one.reason, one.remedy].filter(Boolean).join("; ")));
    return item;
  }));
  const passages = sources.notes.reduce((sum, note) => sum + note.passages, 0);
  $("counted").textContent = say("counted", { notes: number(sources.notes.length), passages: number(passages) });
}
function listNotes() {
  const wanted = $("find").value.trim().normalize("NFC").toLowerCase();
  const found = sources.notes.filter(note => `${note.path}\n${note.title}`.toLowerCase().includes(wanted));
  $("notes").replaceChildren(...found.map(note => {
    const item = make("li"), at = button("row", "", () => { closeMenu(); show({ place: note.path, source: note.path }, at); });
    at.append(make("span", "name", note.path), make("span", "quiet", say(note.passages === 1 ? "passage_of" : "passages_of", { n: number(note.passages) })));
    if (note.problems.length) at.title = note.problems.join("\n");
    item.append(at);
    return item;
  }));
  if (!found.length) $("notes").append(make("li", "quiet", say("no_note")));
}
async function loadExamples() {
  const { questions } = await (await fetched("/api/examples")).json();
  $("examples").replaceChildren(...questions.map(question => {
    const item = make("li");
    item.append(button("example", question, () => submit(question)));
    return item;
  }));
}

// Files are added one after the other, once it was said that they may be.
let waiting = [];
function offer(files) {
  waiting = [...files];
  if (!waiting.length || !sources.folder) return;
  $("confirm-what").textContent = say("add_what", { folder: sources.folder });
  $("confirm-files").replaceChildren(...waiting.map(file => make("li", "", file.name)));
  $("confirm").showModal();
}
async function add() {
  $("confirm").close();
  for (const file of waiting) {
    const told = text => { $("adding").textContent = text; };
    told(say("adding", { name: file.name, stage: "…" }));
    try {
      const path = `/api/sources?name=${encodeURIComponent(file.name.normalize("NFC"))}`;
      const options = { method: "POST", headers: { "content-type": "application/octet-stream" }, body: file };
      for await (const [name, value] of events(await fetched(path, options))) {
        if (name === "progress") {
          const stage = WORDS[tongue].stage[value.stage] || value.stage;
          told(say("adding", { name: file.name, stage: value.most ? `${stage} ${number(value.done)}/${number(value.most)}` : stage }));
        } else if (name === "added") told(say("added", { name: value.path }));
        else throw new Error(value.message);
      }
    } catch (error) {
      $("adding").replaceChildren(make("span", "problem", problem(error)));
      break;
    }
  }
  waiting = [];
  await Promise.all([loadSources(), loadExamples()]).catch(() => {});
}

function closeMenu() {
  $("sources").classList.remove("open");
  $("menu").setAttribute("aria-expanded", "false");
}
$("menu").addEventListener("click", () => {
  const open = $("sources").classList.toggle("open");
  $("menu").setAttribute("aria-expanded", String(open));
  if (open) $("new").focus();
});
$("find").addEventListener("input", listNotes);
$("find").addEventListener("keydown", event => {
  if (event.key === "ArrowDown") { event.preventDefault(); $("notes").querySelector("button")?.focus(); }
});
$("add").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", () => { offer($("file").files); $("file").value = ""; });
$("confirm-yes").addEventListener("click", add);
$("confirm-no").addEventListener("click", () => $("confirm").close());
for (const kind of ["dragover", "dragleave", "drop"]) {
  addEventListener(kind, event => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    document.body.classList.toggle("dropping", kind === "dragover" && !!sources.folder);
    if (kind === "drop") offer(event.dataTransfer.files);
  });
}
arrows($("notes"));
