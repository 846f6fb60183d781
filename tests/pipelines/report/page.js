// What a person with poor sight, or none, would stumble over, as a list of complaints; empty when there is nothing.
(() => {
  const complaints = [];
  const complain = (what, element) => complaints.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });

  if (!document.documentElement.lang) complaints.push("no language");
  if (!document.title) complaints.push("no title");
  if (document.querySelectorAll("h1").length !== 1) complaints.push("not one h1");
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    if (Number(heading.tagName[1]) > level + 1) complain("heading skips a level", heading);
    level = Number(heading.tagName[1]);
  }
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption || !table.caption.textContent.trim()) complain("no caption", table);
    for (const header of table.querySelectorAll("th")) if (!header.scope) complain("no scope", header);
    for (const row of table.querySelectorAll("tbody tr")) if (!row.querySelector("th")) complain("no header", row);
  }
  for (const image of document.querySelectorAll("img, [role=img]"))
    if (!(image.ariaLabel || image.alt)) complain("no description", image);
  for (const drawing of document.querySelectorAll("svg"))
    if (!drawing.closest("[role=img]")) complain("not described as a whole", drawing);
  for (const link of document.querySelectorAll("a"))
    if (link.hash && !document.getElementById(link.hash.slice(1))) complain("leads nowhere", link);

  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  for (const cell of document.querySelectorAll("table:not(.grid) :is(th, td)"))
    if (shown(cell) && getComputedStyle(cell.closest("thead") ?? cell).clipPath === "none" && cell.textContent.length > 8 && cell.clientWidth < 48) complain("squeezed", cell);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !shown(element)) continue;
    const style = getComputedStyle(element);
    const colour = element.closest("svg") ? style.fill : style.color;
    const [dark, light] = [luminance(colour), luminance(behind(element))].sort((a, b) => a - b);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if ((light + 0.05) / (dark + 0.05) < (large ? 3 : 4.5)) complain("too little contrast", element);
    if (size < 11 && !element.closest("svg")) complain("too small", element);
  }
  if (document.documentElement.scrollWidth > innerWidth) complaints.push("wider than the window");
  for (const element of document.querySelectorAll("body *")) {
    const box = element.getBoundingClientRect();
    if (shown(element) && !element.closest("svg, .unseen") && box.right > innerWidth + 0.5) complain("cut off", element);
  }
  return complaints;
})()
