import { Loading } from "../../components/states.tsx";

/** While a page is on its way. */
export default function PageLoading() {
  return <Loading rows={5} height={88} />;
}
