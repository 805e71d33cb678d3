for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const value = (row, column) => {
    const text = row.cells[column].firstChild?.textContent.trim() ?? "";
    const number = parseFloat(text.replace(/,/g, ""));
    const size = { k: 1e3, M: 1e6, G: 1e9, T: 1e12 }[text.slice(-1)] ?? 1;
    return Number.isNaN(number) ? text : number * size;
  };
  const sort = (header) => {
    const column = Number(header.dataset.column);
    const falling = header.getAttribute("aria-sort") !== "descending";
    table.querySelectorAll("[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const rows = [...body.rows].filter((row) => !row.querySelector(".reason"));
    rows.sort((one, other) => {
      const [a, b] = [value(one, column), value(other, column)];
      const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
      return falling ? -order : order;
    });
    body.prepend(...rows);
  };
  for (const header of table.querySelectorAll("th[data-column]")) {
    const button = document.createElement("button");
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => sort(header));
  }
}
