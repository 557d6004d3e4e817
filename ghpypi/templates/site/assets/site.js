// Search, copy buttons, the plot of downloads per week, and the address of a site that does not know it.
// Every page is whole without them.
"use strict";

const root = document.documentElement.dataset.root;
const MOST = 20;

function make(tag, facts = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(facts)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Search: the search index is loaded on first use.

let projects = null;

async function load() {
  const answer = await fetch(root + "search.json");
  if (!answer.ok) throw new Error(answer.status);
  const { projects: rows } = await answer.json();
  return rows.map(([name, version, summary, keywords]) => ({
    name,
    version,
    summary,
    keywords: keywords.toLowerCase(),
    text: `${name} ${keywords} ${summary}`.toLowerCase(),
  }));
}

function rank(project, words, whole) {
  const name = project.name;
  if (name === whole) return 0;
  if (name.startsWith(whole)) return 1;
  if (words.every((word) => name.includes(word))) return 2 + name.length / 1000;
  return words.every((word) => name.includes(word) || project.keywords.includes(word)) ? 4 : 5;
}

function search(rows, text) {
  const words = text.toLowerCase().split(/[\s,]+/).filter(Boolean);
  // Names are normalized: "Acme_Lib" is written "acme-lib".
  const likely = words.map((word) => word.replace(/[-_.]+/g, "-"));
  const hit = (row) => words.every((word, at) => row.text.includes(word) || row.name.includes(likely[at]));
  const whole = likely.join("-");
  return rows
    .filter(hit)
    .map((row) => [rank(row, likely, whole), row])
    .sort(([a, x], [b, y]) => a - b || (x.name < y.name ? -1 : 1))
    .map(([, row]) => row);
}

function searchBox(place, number) {
  const id = `find-${number}`;
  const input = make("input", { type: "search", id, placeholder: "Search projects", autocomplete: "off", spellcheck: "false", "aria-controls": `${id}-list` });
  const label = make("label", { for: id, class: "hidden" }, "Search projects");
  const status = make("p", { role: "status" });
  const list = make("ol", { id: `${id}-list` });
  const found = make("div", { class: "found" }, status, list);
  const form = make("form", { role: "search" }, label, input, found);
  found.hidden = true;
  place.append(form);

  async function show() {
    const text = input.value.trim();
    found.hidden = !text;
    if (!text) return;
    try {
      projects ??= load();
      const rows = await projects;
      if (text !== input.value.trim()) return;
      const hits = search(rows, text);
      list.replaceChildren(...hits.slice(0, MOST).map(entry));
      const more = hits.length > MOST ? `, the first ${MOST} are shown` : "";
      status.textContent = `${hits.length} of ${rows.length} projects${more}`;
    } catch {
      projects = null;
      list.replaceChildren();
      status.textContent = "The search could not be loaded; all projects are listed on a page of their own.";
    }
  }

  function move(event) {
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape") {
      input.value = "";
      found.hidden = true;
      input.focus();
    } else if (event.key === "ArrowDown" && links.length) {
      links[Math.min(at + 1, links.length - 1)].focus();
      event.preventDefault();
    } else if (event.key === "ArrowUp" && at >= 0) {
      (links[at - 1] ?? input).focus();
      event.preventDefault();
    }
  }

  input.addEventListener("focus", () => { projects ??= load().catch(() => (projects = null)); }, { once: true });
  input.addEventListener("input", show);
  form.addEventListener("keydown", move);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    list.querySelector("a")?.click();
  });
  document.addEventListener("click", (event) => { if (!form.contains(event.target)) found.hidden = true; });
  input.addEventListener("focus", () => { if (input.value) found.hidden = false; });
  if (place.dataset.find === "lost") {
    const parts = location.pathname.split("/").filter((part) => part && !/^(index|404)\.html$/.test(part));
    input.value = decoded(parts.at(-1) ?? "").replace(/[-_.]+/g, "-").toLowerCase();
    show();
  }
  return input;
}

function entry({ name, version, summary }) {
  const line = make("a", { href: `${root}project/${name}/` }, make("b", {}, name), " ", make("i", {}, version));
  if (summary) line.append(make("span", { dir: "auto" }, summary));
  return make("li", {}, line);
}

// A site without a configured address is at the address of its pages.

function fillAddress(hint) {
  if (!/^https?:$/.test(location.protocol)) return;
  const { origin, pathname } = new URL(root || "./", location.href);
  // The lines are for shells and configuration files, and the address is what the browser was sent to.
  const address = origin + pathname.replace(/[^\w/.~%@:+-]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);
  for (const place of document.querySelectorAll("pre, code, .note")) {
    if (place.closest(".readme")) continue;
    const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      texts.currentNode.data = texts.currentNode.data.replaceAll(hint.dataset.unknown, address);
    }
  }
  hint.remove();
}

// Copy buttons: what is copied is what is shown.

function copyButton(place) {
  const block = place.tagName === "PRE";
  const source = block ? place.querySelector("code") : place;
  const button = make("button", { type: "button", class: "copy", "aria-label": `Copy: ${place.dataset.copy}` }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "Selected";
    }
    said.textContent = button.textContent;
    setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
  });
  if (block) place.append(button);
  else place.after(button);
}

// One choice for each dimension of variants, in the place of a list of all indexes.

function chooser(place) {
  const dimensions = JSON.parse(place.dataset.dimensions);
  const rows = [...place.querySelectorAll("li[data-index]")].map((item) => ({
    index: item.dataset.index,
    url: item.querySelector("code").textContent,
    name: item.dataset.name,
    flat: item.querySelector(".flat code")?.textContent ?? "",
    values: item.dataset.values?.split("/"),
    chosen: item.classList.contains("chosen"),
  }));
  const variants = rows.filter((row) => row.values);
  const named = rows.filter((row) => !row.values);
  const selects = dimensions.map(([label]) => selectBox(label));
  const other = named.length ? selectBox("Index") : null;
  let row = rows.find((each) => each.chosen);
  const wanted = [...(row.values ?? [])];
  const before = kept("index");
  row = named.find((each) => each.index === before?.index) ?? row;
  dimensions.forEach(([label], at) => {
    const same = variants.find((each) => each.values[at] === before?.values?.[label]);
    if (!same) return;
    wanted[at] = same.values[at];
    row = same;
  });

  // Where no value is chosen, the index of the default value has what the index without one lacks.
  function fits(each, count, exact = false) {
    return selects.slice(0, count).every((select, at) => {
      const value = each.values[at];
      return value === select.value || (!exact && !select.value && value === dimensions[at][2]);
    });
  }

  function found() {
    return variants.find((each) => fits(each, selects.length, true)) ?? variants.find((each) => fits(each, selects.length));
  }

  // What was chosen is chosen again as soon as it is there.
  function fill(from) {
    for (let at = from; at < selects.length; at += 1) {
      const values = new Set(variants.filter((each) => fits(each, at)).map((each) => each.values[at]));
      selects[at].replaceChildren(...[...values].map((value) => new Option(value || dimensions[at][1], value)));
      selects[at].value = values.has(wanted[at]) ? wanted[at] : [...values][0];
    }
  }

  function show() {
    const free = !other?.value;
    for (const select of selects) select.disabled = !free;
    row = free ? found() : named.find((each) => each.index === other.value.slice(1));
    const slots = { url: row.url, name: row.name, option: row.index && ` --index ${row.index}`, index: row.index || "main", flat: row.flat };
    for (const slot of place.querySelectorAll("[data-slot]")) slot.textContent = slots[slot.dataset.slot];
    for (const line of place.querySelectorAll("p.flat")) line.hidden = !row.flat;
  }

  function keepChoice() {
    if (other?.value) return keep("index", { index: row.index });
    const values = Object.fromEntries(dimensions.map(([label], at) => [label, selects[at].value]));
    return keep("index", { variant: row.index, values });
  }

  if (other) {
    if (variants.length) other.append(new Option("by variant", ""));
    other.append(...named.map((each) => new Option(each.index || "main", `=${each.index}`)));
    other.value = row.values ? "" : `=${row.index}`;
    other.addEventListener("change", () => {
      show();
      keepChoice();
    });
  }
  fill(0);
  selects.forEach((select, at) => select.addEventListener("change", () => {
    wanted[at] = select.value;
    fill(at + 1);
    show();
    keepChoice();
  }));
  const shown = [...(other ? [other] : []), ...(variants.length ? selects : [])];
  place.querySelector(".choices").append(...shown.map((select) => select.parentElement));
  show();
}

function selectBox(text) {
  const select = make("select");
  make("label", {}, make("span", {}, text), select);
  return select;
}

// The chosen tool and index are stored for this and the next page, where the browser keeps things.

function remember({ target }) {
  const { tool, choice } = target.dataset ?? {};
  if (tool) choose(tool);
  if (choice !== undefined) keep("index", { variant: choice, index: choice });
}

function choose(tool) {
  for (const radio of document.querySelectorAll("input[data-tool]")) {
    if (radio.dataset.tool === tool) radio.checked = true;
  }
  keep("tool", tool);
}

function chooseIndex() {
  const before = kept("index");
  for (const radio of document.querySelectorAll("input[data-choice]")) {
    if (radio.dataset.choice === (before?.index ?? before?.variant)) radio.checked = true;
  }
}

function keep(key, value) {
  try {
    localStorage.setItem(`ghpypi-${key}`, JSON.stringify(value));
  } catch { /* a browser may keep nothing */ }
}

function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(`ghpypi-${key}`));
  } catch {
    return null;
  }
}

// Downloads per week: the differences of the counts at the beginning of two weeks in a row.

const SVG = "http://www.w3.org/2000/svg";
const WEEK = 7 * 24 * 60 * 60 * 1000;
const BAR = 10;
const STEP = 13;
const HEIGHT = 90;

function monday(week) {
  const [year, number] = week.split("-W").map(Number);
  const day = new Date(Date.UTC(year, 0, 4)); // is always in the first week
  return day.getTime() - ((day.getUTCDay() || 7) - 1) * 24 * 60 * 60 * 1000 + (number - 1) * WEEK;
}

function perWeek({ weeks, projects }, name) {
  const counts = Object.hasOwn(projects, name) ? projects[name] : [];
  const known = (at) => Number.isFinite(counts[at]) && Number.isFinite(counts[at + 1]);
  return weeks.slice(0, -1)
    .map((week, at) => ({ week, begin: monday(week), at }))
    .filter(({ begin, at }) => monday(weeks[at + 1]) - begin === WEEK && known(at))
    .map(({ week, begin, at }) => ({ week, begin, count: Math.max(counts[at + 1] - counts[at], 0) }));
}

function weekPlot(found) {
  const most = Math.max(...found.map(({ count }) => count), 1);
  const place = ({ begin }) => Math.round((begin - found[0].begin) / WEEK) * STEP;
  const bar = (each) => {
    const height = Math.max(Math.round(each.count * HEIGHT / most), 1);
    return `M${place(each)} ${HEIGHT}v-${height}h${BAR}v${height}z`;
  };
  const words = found.map(({ week, count }) => `${week}: ${inWords(count)}`).join(", ");
  const image = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", found.map(bar).join(""));
  image.setAttribute("viewBox", `0 0 ${place(found.at(-1)) + STEP} ${HEIGHT + 2}`);
  image.setAttribute("preserveAspectRatio", "none"); // narrow bars on a narrow screen
  image.setAttribute("role", "img");
  image.setAttribute("aria-label", `Downloads per week. ${words}`);
  image.append(path);
  return image;
}

function weekTable(found) {
  const row = ({ week, count }) => make("tr", {}, make("th", { scope: "row" }, week), make("td", {}, inWords(count)));
  const head = make("tr", {}, make("th", { scope: "col" }, "Week"), make("th", { scope: "col" }, "Downloads"));
  const table = make("table", { class: "grid" }, make("caption", { class: "hidden" }, "Downloads per week"),
    make("thead", {}, head), make("tbody", {}, ...found.map(row).reverse()));
  return make("details", {}, make("summary", {}, "As a table"), table);
}

function inWords(count) {
  return count.toLocaleString("en-US");
}

async function showWeeks(place) {
  const link = place.querySelector("a");
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(answer.status);
    const found = perWeek(await answer.json(), place.dataset.weeks);
    if (!found.length) throw new Error("no full week is recorded");
    const most = Math.max(...found.map(({ count }) => count));
    const span = found.length > 1 ? `${found[0].week} to ${found.at(-1).week}; ${inWords(most)} at most` : `${found[0].week}: ${inWords(most)}`;
    link.parentElement.replaceChildren(`Downloads per week, ${span}.`);
    place.prepend(weekPlot(found));
    place.append(weekTable(found));
  } catch {
    place.hidden = true;
  }
}

// The file has all projects, so it is loaded only where its plot comes into view.
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    showWeeks(target);
  }
}, { rootMargin: "300px" });

function reveal() {
  const target = document.getElementById(decoded(location.hash.slice(1)));
  for (let place = target; place; place = place.parentElement) {
    if (place.tagName === "DETAILS") place.open = true;
  }
  target?.scrollIntoView();
}

const said = make("p", { class: "hidden", role: "status" });
document.body.append(said);
const boxes = [...document.querySelectorAll("[data-find]")].map(searchBox);
document.querySelectorAll("[data-unknown]").forEach(fillAddress);
document.querySelectorAll("[data-dimensions]").forEach(chooser);
document.querySelectorAll("[data-copy]").forEach(copyButton);
document.querySelectorAll("[data-weeks]").forEach((place) => seen.observe(place));
document.addEventListener("change", remember);
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  boxes[0]?.focus();
});
addEventListener("hashchange", reveal);
chooseIndex();
const tool = kept("tool");
if (tool && document.querySelector(`input[data-tool="${CSS.escape(tool)}"]`)) choose(tool);
reveal();
