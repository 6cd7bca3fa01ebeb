"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (id) => document.getElementById(id);
  const root = document.documentElement;

  // Theme: the reader's choice, else that of the system.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const theme = one("theme");
  const remembered = () => { try { return localStorage.getItem("contract-tests-theme"); } catch { return null; } };
  const showTheme = () => theme.setAttribute("aria-pressed", String((root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark"));
  if (["light", "dark"].includes(remembered())) root.dataset.theme = remembered();
  theme.hidden = false;
  showTheme();
  dark.addEventListener("change", showTheme);
  theme.addEventListener("click", () => {
    root.dataset.theme = theme.getAttribute("aria-pressed") === "true" ? "light" : "dark";
    try { localStorage.setItem("contract-tests-theme", root.dataset.theme); } catch { /* remembered by nobody */ }
    showTheme();
  });

  // Copying.
  const copied = async (text) => {
    try { await navigator.clipboard.writeText(text); return true; } catch { /* the older way */ }
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
  for (const button of all(".copy")) {
    button.hidden = false;
    const said = button.firstChild;
    button.addEventListener("click", async () => {
      const done = await copied(button.closest(".code").querySelector("pre").textContent);
      said.textContent = done ? "Copied" : "Select and copy by hand";
      button.focus();
      setTimeout(() => { said.textContent = "Copy"; }, 2000);
    });
  }

  // A link to a finding opens it.
  const openTarget = () => {
    const target = location.hash.length > 1 && one(decodeURIComponent(location.hash.slice(1)));
    if (target && target.matches("details")) {
      target.hidden = false;
      target.closest(".group").hidden = false;
      target.open = true;
      target.scrollIntoView();
      target.querySelector("summary").focus({ preventScroll: true });
    }
  };
  addEventListener("hashchange", openTarget);

  // Filter: findings and the rows of the matrix by the same choice.
  const findings = all(".finding");
  const groups = all(".group");
  const rows = all(".matrix tbody tr");
  const search = one("search");
  const family = one("family");
  const operation = one("operation");
  const clear = one("clear");
  const boxes = (name) => all(`input[name="${name}"]`);
  const chosen = (name) => boxes(name).filter((box) => box.checked).map((box) => box.value);
  const texts = new Map();
  for (const each of findings) texts.set(each, `${each.dataset.rule} ${each.textContent} ${each.closest(".group").querySelector(".statement").textContent}`.toLowerCase());
  for (const row of rows) texts.set(row, row.querySelector("th").textContent.toLowerCase());

  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const levels = chosen("level");
    const outcomes = chosen("outcome");
    const isNamed = (each) => words.every((word) => texts.get(each).includes(word))
      && (!family.value || each.dataset.rule.startsWith(`${family.value}-`));
    const isWanted = (each) => (!outcomes.length || outcomes.includes(each.dataset.outcome))
      && (!operation.value || each.dataset.operation === operation.value);
    for (const each of findings) each.hidden = !(isNamed(each) && isWanted(each) && (!levels.length || levels.includes(each.dataset.level)));
    for (const group of groups) group.hidden = !all(".finding", group).some((each) => !each.hidden);
    for (const row of rows) row.hidden = !(isNamed(row) && (!levels.length || levels.includes(row.dataset.level)) && all("td[data-outcome]", row).some(isWanted));
    for (const cell of all(".matrix td[data-outcome]")) cell.classList.toggle("faded", !isWanted(cell));
    const shown = findings.filter((each) => !each.hidden).length;
    const shownRows = rows.filter((row) => !row.hidden).length;
    const isFiltered = Boolean(words.length || levels.length || outcomes.length || family.value || operation.value);
    one("told").textContent = isFiltered ? `${shown} of ${findings.length} findings, ${shownRows} of ${rows.length} rules` : "";
    one("no-findings").hidden = !findings.length || shown > 0;
    one("no-rules").hidden = shownRows > 0;
    clear.disabled = !isFiltered;
  };
  one("filter").hidden = false;
  for (const field of [search, family, operation, ...boxes("level"), ...boxes("outcome")]) field.addEventListener("input", apply);
  clear.addEventListener("click", () => {
    search.value = family.value = operation.value = "";
    for (const box of [...boxes("level"), ...boxes("outcome")]) box.checked = false;
    apply();
    search.focus();
  });
  apply();

  // Open or close all findings.
  const openAll = one("open-all");
  if (openAll) {
    openAll.hidden = false;
    openAll.addEventListener("click", () => {
      const open = openAll.getAttribute("aria-pressed") !== "true";
      for (const each of findings) each.open = open;
      openAll.setAttribute("aria-pressed", String(open));
      openAll.textContent = open ? "Close all" : "Open all";
    });
  }
  addEventListener("beforeprint", () => { for (const each of findings) each.open = true; });
  openTarget();
})();
