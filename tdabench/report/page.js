"use strict";
// Every page is whole without this script, which sorts and filters the table of all claims, keeps what was asked in the
// address (#verdict=partly&sort=Id), and copies commands.

const form = document.getElementById("filters");
if (form) filters(form);
else carry(location.hash);
document.querySelectorAll(".command").forEach(copying);

function filters(form) {
  const table = document.querySelector(".verdicts");
  const groups = [...table.tBodies];
  const rows = groups.flatMap((group) => [...group.querySelectorAll(".claim")].map((row) => ({
    row, group, link: row.querySelector("a"), address: row.querySelector("a").getAttribute("href"),
    words: `${row.cells[0].textContent} ${row.querySelector(".says").textContent} ${group.rows[0].textContent}`.toLowerCase(),
  })));
  const heads = [...table.tHead.rows[0].cells];
  const facets = [...form.querySelectorAll("[data-facet]")].map(facet);
  const sorted = table.appendChild(document.createElement("tbody"));
  const order = new Intl.Collator("en", { numeric: true }).compare;
  const sorting = { head: "", down: false };

  for (const head of heads) {
    const name = head.textContent;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => {
      const again = sorting.head === name;
      Object.assign(sorting, again && sorting.down ? { head: "", down: false } : { head: name, down: again });
      show();
    });
    head.replaceChildren(button);
  }
  const listed = ["", ...heads.map((head) => head.textContent)];
  form.sort.append(...listed.map((name) => new Option(name || "as published", name)));
  form.sort.addEventListener("change", () => { Object.assign(sorting, { head: form.sort.value, down: false }); show(); });
  form.q.addEventListener("input", show);
  form.part.addEventListener("change", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => { event.preventDefault(); read(new URLSearchParams()); show(); });
  window.addEventListener("hashchange", fromAddress);
  window.addEventListener("beforeprint", all);
  window.addEventListener("afterprint", show);
  form.hidden = false;
  fromAddress();

  function fromAddress() {
    if (location.hash && !location.hash.includes("=")) return show(); // a place on the page
    read(new URLSearchParams(location.hash.slice(1)));
    show();
    if (address() && !returned()) document.getElementById("verdicts").scrollIntoView();
  }

  function read(asked) {
    form.q.value = asked.get("q") ?? "";
    form.part.value = asked.get("part") ?? "";
    if (form.part.selectedIndex < 0) form.part.value = "";
    for (const each of facets) each.choose(asked.getAll(each.name));
    const head = asked.get("sort") ?? "";
    Object.assign(sorting, listed.includes(head) ? { head, down: asked.has("down") } : { head: "", down: false });
  }

  function address() {
    const asked = new URLSearchParams();
    if (form.q.value) asked.set("q", form.q.value);
    if (form.part.value) asked.set("part", form.part.value);
    for (const each of facets) each.chosen().forEach((value) => asked.append(each.name, value));
    if (sorting.head) asked.set("sort", sorting.head);
    if (sorting.down) asked.set("down", "");
    return asked.size ? `#${asked}` : "";
  }

  function show() {
    const words = form.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const part = form.part.value;
    const found = rows.filter((entry) => words.every((word) => entry.words.includes(word)) && (!part || entry.group.dataset.part === part));
    const fits = (entry, but) => facets.every((each) => each === but || each.fits(entry.row));
    for (const each of facets) each.count(found.filter((entry) => fits(entry, each)));
    const shown = new Set(found.filter((entry) => fits(entry)));
    arrange();
    for (const entry of rows) entry.row.hidden = !shown.has(entry);
    for (const group of groups) group.hidden = !group.querySelector(".claim:not([hidden])");
    document.getElementById("found").textContent = `${shown.size} of ${rows.length} claims shown`;
    form.querySelector("[type=reset]").hidden = !address();
    remember();
  }

  function arrange() {
    const column = heads.findIndex((head) => head.textContent === sorting.head);
    heads.forEach((head, place) => head.setAttribute("aria-sort", place !== column ? "none" : sorting.down ? "descending" : "ascending"));
    form.sort.value = sorting.head;
    if (column < 0) return rows.forEach((entry) => entry.group.append(entry.row));
    const key = ({ row }) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
    const compare = (one, other) => isNaN(one) && isNaN(other) ? order(one, other) : isNaN(one) - isNaN(other) || one - other; // numbers first
    const keyed = rows.map((entry) => [key(entry), entry]);
    keyed.sort(([one], [other]) => !one || !other ? !one - !other : compare(one, other) * (sorting.down ? -1 : 1)); // nothing comes last
    sorted.append(...keyed.map(([, entry]) => entry.row));
  }

  function all() { // paper has no filters
    for (const entry of rows) entry.group.append(entry.row);
    for (const hidden of [...rows.map((entry) => entry.row), ...groups]) hidden.hidden = false;
  }

  function remember() {
    const kept = address();
    if (kept || location.hash.includes("=")) history.replaceState(null, "", kept || location.pathname + location.search);
    for (const entry of rows) entry.link.setAttribute("href", entry.address + kept);
  }
}

// One field of toggle buttons, one for each value that rows have: none pressed lets every row through.
function facet(field) {
  const name = field.dataset.facet;
  const buttons = [...field.querySelectorAll("button")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      press(button, button.getAttribute("aria-pressed") !== "true");
      field.form.q.dispatchEvent(new Event("input"));
    });
  }
  const chosen = () => buttons.filter((button) => button.getAttribute("aria-pressed") === "true").map((button) => button.value);
  return {
    name, chosen,
    choose: (asked) => buttons.forEach((button) => press(button, asked.includes(button.value))),
    fits: (row) => !chosen().length || chosen().includes(row.dataset[name]),
    count: (found) => buttons.forEach((button) => {
      const number = found.filter(({ row }) => row.dataset[name] === button.value).length;
      button.lastChild.textContent = ` ${number}`;
      button.classList.toggle("none", !number);
    }),
  };
}

// Whether the reader came back: the browser knows better where they were.
function returned() {
  return performance.getEntriesByType("navigation")[0]?.type === "back_forward";
}

function press(button, pressed) {
  button.setAttribute("aria-pressed", String(pressed));
}

// On the other pages: what was asked of the table goes along, and back to it.
function carry(asked) {
  if (!asked.includes("=")) return;
  document.querySelectorAll("a.carried, .verdicts .id a").forEach((link) => link.setAttribute("href", link.getAttribute("href").split("#")[0] + asked));
}

function copying(place) {
  const code = place.querySelector("code");
  const button = place.appendChild(document.createElement("button"));
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch { // no clipboard here: the reader's own copy takes the selection
      getSelection().selectAllChildren(code);
      button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
