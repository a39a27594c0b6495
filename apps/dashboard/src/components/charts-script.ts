import "@mantine/charts/styles.css";

/** What `charts.tsx` loads when a chart is to be drawn. */
export { AreaChart, BarChart } from "@mantine/charts";
