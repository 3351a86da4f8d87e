// Everything that pages do beyond plain links and forms. Each module looks for its own data- attributes.
import "./account.js";
import "./copy.js";
import "./countdown.js";
import "./fill.js";
import "./filter.js";
import "./form.js";
import "./menu.js";
import "./open.js";
import "./partition.js";
import "./picker.js";
import "./policy.js";
import "./rows.js";
import "./tabs.js";
import "./time.js";
import "./unsaved.js";
import "./visit.js";
