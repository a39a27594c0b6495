"use client";
import "@mantine/charts/styles.css";

/** Load these by next/dynamic, without rendering on the server: recharts is most of a page's script. */
export { AreaChart, BarChart } from "@mantine/charts";
