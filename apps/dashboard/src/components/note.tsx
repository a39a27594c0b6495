"use client";
import { Alert } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./note.module.css";

/** A word that asks for attention without shouting: its sign and title have the tone's colour, its text has not. */
export function Note({
  tone,
  icon,
  title,
  role = "status",
  children,
}: {
  tone: "ok" | "warning" | "critical";
  icon: ReactNode;
  title: ReactNode;
  role?: "status" | "alert";
  children?: ReactNode;
}) {
  return (
    <Alert variant="default" role={role} icon={icon} title={title} classNames={classes} data-tone={tone}>
      {children}
    </Alert>
  );
}
