"use client";
import {
  createTheme,
  defaultVariantColorsResolver,
  MantineProvider,
  type VariantColorsResolver,
} from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { type ReactNode, useState } from "react";
import { createQueryClient } from "./query-client.ts";
import { TRPCProvider } from "./trpc.ts";
import { createBrowserClient } from "./trpc-client.ts";

const closeButton = { defaultProps: { closeButtonProps: { "aria-label": "Close" } } };

/** The library reckons the text on a filled button for the light theme alone; on what is lighter in the dark it must be dark. */
const variantColorResolver: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input);
  return input.variant === "filled" ? { ...colors, color: "var(--pilab-on-filled)" } : colors;
};

const theme = createTheme({
  variantColorResolver,
  components: {
    Modal: closeButton,
    Drawer: closeButton,
    // A list of choices is drawn when it is opened.
    Combobox: { defaultProps: { keepMounted: false } },
  },
  primaryColor: "teal",
  primaryShade: { light: 9, dark: 5 },
  autoContrast: true,
  fontFamily: "'Inter Variable', 'Inter Fallback', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, monospace",
  headings: { fontWeight: "650" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
});

/** What every page stands in: theme, notices, and the calls with their cache. */
export function Providers({ nonce, children }: { nonce: string; children: ReactNode }) {
  // That of the document: an answer to a later navigation has another, which the document's policy does not know.
  const [styleNonce] = useState(() => {
    // For the styles that keep the page from scrolling under an open dialog.
    if (typeof document !== "undefined") setNonce(nonce);
    return nonce;
  });
  const [queryClient] = useState(createQueryClient);
  const [client] = useState(createBrowserClient);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => styleNonce}>
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queryClient}>
        <TRPCProvider trpcClient={client} queryClient={queryClient}>
          {children}
        </TRPCProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
