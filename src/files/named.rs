//! The objects in which others have their names: directories, the master node, the registry of attributes.

use super::attributes::Schema;
use super::objects::Objects;
use super::zap;

/// `MASTER_NODE_OBJ`.
pub const MASTER_NODE: u64 = 1;

impl Objects {
    /// The number that stands under this name in an object that has names.
    pub fn entry(&self, number: u64, wanted: &[u8]) -> Result<Option<u64>, String> {
        let mut found = None;
        self.each(number, &mut |name, numbers| {
            if name == wanted {
                found = numbers.first().copied();
            }
        })?;
        Ok(found)
    }

    /// Gives all entries of an object that has names; those that are left where damage is noted.
    pub fn each(&self, number: u64, visit: zap::Visit<'_>) -> Result<(), String> {
        let object = self.get(number);
        let object = object.ok_or_else(|| format!("object {number} is missing"))?;
        let wrong = |problem| format!("object {number}: {problem}");
        let content = object.content().map_err(wrong)?;
        match (zap::each(content, self.order, visit), &self.damage) {
            (Err(_), Some(damage)) => {
                damage.note_names(number);
                Ok(())
            }
            (read, _) => read.map_err(wrong),
        }
    }

    /// From the master node over the registry to the layouts. An old file system has none of them.
    pub fn schema(&self) -> Result<Schema, String> {
        let Some(attributes) = self.entry(MASTER_NODE, b"SA_ATTRS")? else {
            return Ok(Schema::old(self.order));
        };
        let part = |name: &str| {
            let number = self.entry(attributes, name.as_bytes())?;
            let object = number.and_then(|number| self.get(number));
            object.ok_or_else(|| format!("the {name} of system attributes are missing"))
        };
        Schema::new(part("REGISTRY")?, part("LAYOUTS")?, self.order)
    }

    /// The top directory.
    pub fn root(&self) -> Result<u64, String> {
        let root = self.entry(MASTER_NODE, b"ROOT")?;
        root.ok_or_else(|| "the master node has no root".to_owned())
    }
}
