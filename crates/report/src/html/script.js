// Filters, sorting, and the small conveniences. The page reads whole without any of it.
"use strict";
(() => {
  const all = (query, root) => [...(root || document).querySelectorAll(query)];
  const english = document.getElementById("en");
  const page = document.documentElement;
  const tell = () => { page.lang = english.checked ? "en" : "zh-CN"; };
  all("input[name=language]").forEach((input) => input.addEventListener("change", tell));
  tell();

  const form = document.getElementById("filters");
  if (form) {
    form.hidden = false;
    const ruled = all("[data-rule]");
    const rows = all("[data-row]");
    const text = new Map();
    const words = (element) => {
      if (!text.has(element)) text.set(element, element.textContent.toLowerCase());
      return text.get(element);
    };
    const apply = () => {
      const data = new FormData(form);
      const wanted = String(data.get("text") || "").trim().toLowerCase();
      const severities = new Set(data.getAll("severity"));
      const state = data.get("state"), kind = data.get("kind");
      const fits = (element) => severities.has(element.dataset.severity)
        && (!state || element.dataset.state.split(" ").includes(state))
        && (!kind || element.dataset.kind === kind);
      const shown = new Set();
      for (const element of ruled) {
        if (fits(element) && (!wanted || words(element).includes(wanted))) shown.add(element.dataset.rule);
      }
      for (const element of ruled) element.hidden = !shown.has(element.dataset.rule);
      for (const row of rows) row.hidden = Boolean(wanted) && !words(row).includes(wanted);
      // A rule that itself is meant keeps all its findings.
      for (const element of ruled.filter((element) => wanted && !element.hidden)) {
        const own = all("[data-row]", element);
        if (own.length && own.every((row) => row.hidden)) own.forEach((row) => { row.hidden = false; });
      }
      const total = new Set(ruled.map((element) => element.dataset.rule)).size;
      form.querySelector("output").textContent = shown.size + " / " + total;
    };
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    all("[data-pick]").forEach((tile) => tile.addEventListener("click", () => {
      all("input[name=severity]", form).forEach((box) => { box.checked = box.value === tile.dataset.pick; });
      apply();
    }));
    apply();
  }

  const value = (cell) => {
    const written = cell.dataset.value || cell.textContent.replace(/,/g, "").trim();
    const number = Number(written);
    return written !== "" && !Number.isNaN(number) ? number : written;
  };
  for (const table of all("table[data-sortable]")) {
    const body = table.tBodies[0];
    // Columns by their place in a row; a head of two lines tells them by its lowest cells.
    const heads = [];
    const grid = [];
    [...table.tHead.rows].forEach((row, line) => [...row.cells].forEach((cell) => {
      let column = 0;
      while (grid[line] && grid[line][column]) column += 1;
      for (let down = 0; down < cell.rowSpan; down += 1) {
        for (let right = 0; right < cell.colSpan; right += 1) {
          (grid[line + down] = grid[line + down] || [])[column + right] = true;
          if (cell.colSpan === 1) heads[column + right] = cell;
        }
      }
    }));
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") !== "descending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].map((row) => [value(row.cells[column]), row]);
        rows.sort(([a], [b]) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b))) * (down ? -1 : 1));
        body.append(...rows.map(([, row]) => row));
      });
    });
  }

  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const details = target && target.closest("details");
    if (details && !details.open) { details.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", open);
  open();
  addEventListener("beforeprint", () => all("details:not(.twin)").forEach((details) => { details.open = true; }));
})();
