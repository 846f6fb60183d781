
"use strict";
(() => {
  const table = document.getElementById("companies");
  const tools = document.getElementById("tools");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const make = (name, properties) => Object.assign(document.createElement(name), properties);

  const text = make("input", { type: "search", id: "filter", autocomplete: "off" });
  const kind = make("select", { id: "kind" });
  const count = make("p", { id: "count" });
  count.setAttribute("role", "status");
  kind.append(new Option("all companies", ""), new Option("what needs attention", "any"));
  for (const each of tools.dataset.kinds.split("|").filter(Boolean)) {
    const [value, title] = each.split("=");
    kind.append(new Option(title, value));
  }
  const labelled = (control, words) => {
    const label = make("label", { htmlFor: control.id, textContent: words });
    const both = make("div", {});
    both.append(label, control);
    return both;
  };
  tools.append(labelled(text, "Company"), labelled(kind, "Show"), count);

  const filter = () => {
    const wanted = text.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const kinds = row.dataset.kinds.split(" ").filter(Boolean);
      const fits = !kind.value || (kind.value === "any" ? kinds.length > 0 : kinds.includes(kind.value));
      row.hidden = !(fits && row.dataset.name.includes(wanted));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = `${shown} of ${rows.length} shown`;
  };
  text.addEventListener("input", filter);
  kind.addEventListener("change", filter);

  const compare = (one, other) => {
    if (one === "" || other === "") return (one === "") - (other === "");
    const [a, b] = [Number(one), Number(other)];
    return Number.isNaN(a) || Number.isNaN(b) ? one.localeCompare(other) : a - b;
  };
  const headers = [...table.tHead.rows[0].cells];
  headers.forEach((header, column) => {
    const button = make("button", { type: "button", textContent: header.textContent });
    // a browser prints no button in the heading of a table's further pages
    header.replaceChildren(make("span", { className: "printed", textContent: header.textContent }), button);
    button.addEventListener("click", () => {
      const down = header.getAttribute("aria-sort") === "ascending";
      for (const each of headers) each.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.cells[column].dataset.value;
      const known = rows.filter((row) => value(row) !== "").sort((a, b) => compare(value(a), value(b)));
      const unknown = rows.filter((row) => value(row) === "");
      body.append(...(down ? known.reverse() : known), ...unknown);
    });
  });
  filter();
})();
