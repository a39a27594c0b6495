import { Card, Text } from "@mantine/core";
import Link from "next/link";
import type { ReactNode } from "react";
import classes from "./figure.module.css";

/** One number that matters, its name, and what it means. */
export function Figure({
  label,
  value,
  tone,
  href,
  children,
}: {
  label: string;
  value: ReactNode;
  /** Colours the value when it asks for attention. */
  tone?: "ok" | "warning" | "critical" | undefined;
  /** The page that says more. */
  href?: string;
  children?: ReactNode;
}) {
  return (
    <Card withBorder padding="md" component="section" aria-label={label} className={classes.figure}>
      <Text size="sm" c="dimmed" fw={500}>
        {href === undefined ? (
          label
        ) : (
          <Link href={href} className={classes.link}>
            {label}
          </Link>
        )}
      </Text>
      <Text
        fz={26}
        fw={650}
        lh={1.25}
        mt={2}
        className="tabular"
        style={tone === undefined ? undefined : { color: `var(--pilab-${tone})` }}
      >
        {value}
      </Text>
      <Text size="sm" c="dimmed" component="div" mt={2}>
        {children}
      </Text>
    </Card>
  );
}
