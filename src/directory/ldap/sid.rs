//! Security identifiers of Active Directory (MS-DTYP, 2.4.2.2).

/// The SID of the group with this relative id in the domain of the one whose SID this is; `None` where it is none.
pub fn of_primary_group(own: &[u8], relative: u32) -> Option<Vec<u8>> {
    // Revision, count of sub-authorities, six bytes of authority, and four for each sub-authority, the last of which is
    // the relative id.
    let [1, count @ 1..=15, ..] = own else { return None };
    if own.len() != 8 + 4 * usize::from(*count) {
        return None;
    }
    let (domain, _) = own.split_at_checked(own.len() - 4)?;
    Some([domain, &relative.to_le_bytes()].concat())
}

/// The relative id that a SID ends with; `None` where it is none.
pub fn relative_id(sid: &[u8]) -> Option<u32> {
    is_sid(sid).then(|| sid.last_chunk::<4>()).flatten().map(|last| u32::from_le_bytes(*last))
}

/// Whether these bytes may be a SID.
pub fn is_sid(bytes: &[u8]) -> bool {
    matches!(bytes, [1, count @ 0..=15, ..] if bytes.len() == 8 + 4 * usize::from(*count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_primary_group_is_in_the_same_domain() {
        let own = [&[1, 2, 0, 0, 0, 0, 0, 5][..], &21_u32.to_le_bytes(), &1105_u32.to_le_bytes()].concat();
        let group = [&[1, 2, 0, 0, 0, 0, 0, 5][..], &21_u32.to_le_bytes(), &513_u32.to_le_bytes()].concat();
        assert_eq!(of_primary_group(&own, 513), Some(group));
        assert!(is_sid(&own));
        assert_eq!((relative_id(&own), relative_id(&own[..15])), (Some(1105), None));
        for wrong in [&own[..15], &own[..8], b"", &[1, 0, 0, 0, 0, 0, 0, 5], &[2; 16]] {
            assert_eq!(of_primary_group(wrong, 513), None, "{wrong:?}");
        }
        for wrong in [&own[..15], b"", &[2; 16], &[1, 16, 0]] {
            assert!(!is_sid(wrong), "{wrong:?}");
        }
    }
}
