//! Pictures of a page, and what axe-core finds on it.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Browser, peer};

const SIZES: [(u32, u32); 2] = [(1280, 900), (390, 844)];
const THEMES: [&str; 2] = ["light", "dark"];

const AXE: &str = "const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ['violations'] }).then(
  found => done(found.violations.filter(it => it.impact === 'serious' || it.impact === 'critical')
    .map(it => it.id + ': ' + it.help + ' ' + it.nodes.map(node => node.target.join(' ') + ' ' + node.failureSummary).join(' | '))),
  error => done(['axe failed: ' + error]));";

impl Browser {
    /// Takes pictures of the page at both sizes in light and dark; nothing may be wider than the window, and axe-core
    /// may find nothing serious.
    pub async fn look(&self, name: &str) {
        let folder = PathBuf::from(peer("DAYPASS_TEST_SHOTS"));
        std::fs::create_dir_all(&folder).unwrap();
        // In a picture of the whole page they would only be in the way.
        self.devtools("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await;
        for (width, height) in SIZES {
            for theme in THEMES {
                self.appear(width, height, theme).await;
                let file = folder.join(format!("{name}-{width}-{theme}.png"));
                std::fs::write(file, self.picture(width, height).await).unwrap();
                let problems = self.axe().await;
                assert_eq!(problems, Vec::<String>::new(), "{name} at {width} px, {theme}");
            }
            let wide = "return Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth;";
            let over = self.script(wide).await.as_i64().unwrap();
            assert!(over <= 0, "{name} at {width} px is {over} px wider than the window");
        }
        self.appear(1280, 900, "light").await;
    }

    async fn appear(&self, width: u32, height: u32, theme: &str) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": theme }, { "name": "prefers-reduced-motion", "value": "reduce" },
        ]});
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// The whole page, also what one has to scroll to.
    async fn picture(&self, width: u32, height: u32) -> Vec<u8> {
        let all = self.script("return document.documentElement.scrollHeight;").await.as_u64().unwrap();
        let tall = u32::try_from(all).unwrap().clamp(height, 4000);
        let size = json!({ "width": width, "height": tall, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let shot = self.devtools("Page.captureScreenshot", json!({ "format": "png" })).await;
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()
    }

    /// What axe-core calls serious or critical.
    pub async fn axe(&self) -> Vec<String> {
        if self.script("return typeof axe;").await == "undefined" {
            self.script(&std::fs::read_to_string(peer("DAYPASS_TEST_AXE")).unwrap()).await;
        }
        let found: Value = self.client.execute_async(AXE, vec![]).await.unwrap();
        found.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
    }
}
