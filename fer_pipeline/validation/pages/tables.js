// Tables of links: a heading sorts, the text beneath it filters.
for (const table of document.querySelectorAll("table.links")) {
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  const valueOf = (row, column) => row.cells[column].dataset.value;
  const inputs = headings.map((heading, column) => addControls(heading, column));

  function addControls(heading, column) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sortBy(column));
    const input = document.createElement("input");
    input.type = "search";
    input.placeholder = "filter";
    input.setAttribute("aria-label", `Filter by ${button.textContent}`);
    input.addEventListener("input", filter);
    heading.append(button, input);
    return input;
  }

  function sortBy(column) {
    const ascending = headings[column].getAttribute("aria-sort") !== "ascending";
    headings.forEach((heading) => heading.setAttribute("aria-sort", "none"));
    headings[column].setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const byValue = (one, other) =>
      valueOf(one, column).localeCompare(valueOf(other, column), undefined, { numeric: true });
    const rows = [...body.rows].sort(byValue);
    body.append(...(ascending ? rows : rows.reverse()));
  }

  function filter() {
    for (const row of body.rows) {
      row.hidden = !inputs.every((input, column) =>
        `${valueOf(row, column)} ${row.cells[column].textContent}`.toLowerCase()
          .includes(input.value.trim().toLowerCase()));
    }
  }
}
