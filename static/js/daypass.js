// Everything that pages do beyond plain links and forms. Each module looks for its own data- attributes.
import "./cap.js";
import "./copy.js";
import "./countdown.js";
import "./filter.js";
import "./form.js";
import "./hops.js";
import "./menu.js";
import "./open.js";
import "./picker.js";
import "./policy.js";
import "./rows.js";
import "./tabs.js";
import "./time.js";
import "./unsaved.js";
import "./visit.js";
