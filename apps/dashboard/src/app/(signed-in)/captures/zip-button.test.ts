import { MantineProvider } from "@mantine/core";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { ZipButton } from "./zip-button.tsx";

const button = (count: number) => {
  const ids = Array.from({ length: count }, (_, at) => `id-${at}`);
  const page = renderToStaticMarkup(createElement(MantineProvider, null, createElement(ZipButton, { ids })));
  return /<button.*<\/button>/.exec(page)?.[0] ?? "";
};

test("a selection that no ZIP holds says so before anything is sent", () => {
  expect(button(5000)).not.toContain("disabled");
  expect(button(5001)).toContain('disabled=""');
  expect(button(5001)).toContain("ZIP: at most 5,000");
});
