// Filters, sorting, and the small conveniences. The page reads whole without any of it.
"use strict";
(() => {
  const all = (query, root) => [...(root || document).querySelectorAll(query)];
  const english = document.getElementById("en");
  const page = document.documentElement;
  // Attributes and choices hold one text only; both languages stand beside it.
  const tell = () => {
    page.lang = english.checked ? "en" : "zh-CN";
    for (const element of all("[data-zh]")) {
      const said = english.checked ? element.dataset.en : element.dataset.zh;
      if (element.tagName === "OPTION") element.textContent = said;
      else element.setAttribute("aria-label", said);
    }
  };
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

  // Pictures of flows: smaller, larger, whole; moved by the keyboard, the bars or the mouse.
  for (const view of all("[data-zoom]")) {
    const frame = view.querySelector(".scroll");
    const pictures = all("svg.flow", frame);
    if (!pictures.length) continue;
    const natural = pictures.map((picture) => [picture.viewBox.baseVal.width, picture.viewBox.baseVal.height]);
    let scale = 1;
    const to = (wanted) => {
      const before = scale;
      scale = Math.min(3, Math.max(0.1, wanted));
      const x = (frame.scrollLeft + frame.clientWidth / 2) / before, y = (frame.scrollTop + frame.clientHeight / 2) / before;
      pictures.forEach((picture, number) => {
        picture.style.maxWidth = "none";
        picture.style.width = natural[number][0] * scale + "px";
      });
      frame.scrollTo(x * scale - frame.clientWidth / 2, y * scale - frame.clientHeight / 2);
    };
    const whole = () => {
      const shown = Math.max(0, pictures.findIndex((picture) => picture.getClientRects().length));
      return Math.min(1.25, (frame.clientWidth - 2) / natural[shown][0]);
    };
    const acts = { in: () => to(scale * 1.25), out: () => to(scale / 1.25), fit: () => to(whole()), natural: () => to(1) };
    all("[data-by]", view).forEach((button) => button.addEventListener("click", acts[button.dataset.by]));
    frame.addEventListener("keydown", (event) => {
      const act = { "+": "in", "=": "in", "-": "out", "0": "fit", "1": "natural" }[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      acts[act]();
    });
    let held = null;
    frame.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button !== 0) return;
      held = [event.clientX + frame.scrollLeft, event.clientY + frame.scrollTop];
      frame.setPointerCapture(event.pointerId);
    });
    frame.addEventListener("pointermove", (event) => {
      if (held) { frame.scrollLeft = held[0] - event.clientX; frame.scrollTop = held[1] - event.clientY; }
    });
    ["pointerup", "pointercancel"].forEach((name) => frame.addEventListener(name, () => { held = null; }));
    view.querySelector(".tools").hidden = false;
    // A picture that would be unreadable whole begins at its left, at a size that can be read.
    to(whole() < 0.5 ? 0.7 : whole());
    frame.scrollTo(0, 0);
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
