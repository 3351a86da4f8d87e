import { x } from "./page.js";
