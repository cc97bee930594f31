//! Where serde's own form would lose something: "the default device" and "no device" are not the same.

/// `None` as `null`, `Some(None)` as an empty text, `Some(Some(id))` as the id.
pub(crate) mod chosen {
    use confab_types::DeviceId;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        chosen: &Option<Option<DeviceId>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let text = chosen.as_ref().map(|device| device.as_ref().map_or("", DeviceId::as_str));
        text.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<DeviceId>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(text.map(|id| (!id.is_empty()).then(|| DeviceId::new(id))))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use confab_types::{Bitrate, DeviceId, LegId, StreamId};

    use crate::{LegDown, LegPlan, LegRole, LegStats, MediaFact, MediaPlan, PublishVideo, VideoContent};

    #[test]
    fn a_plan_survives_the_way_to_the_page_and_back() {
        let video = PublishVideo {
            content: VideoContent::Screen,
            on: true,
            max_size: (1920, 1080),
            max_fps: 15,
            max_bitrate: Bitrate::kilobits(2_500),
        };
        let leg = |role| LegPlan { generation: 3, role, offer: None, answer: None, ice_servers: Vec::new() };
        let publish = leg(LegRole::Publish { audio: Some(false), video: Some(video) });
        let receive = leg(LegRole::Receive { stream: StreamId(7), audio: true, video: true });
        for microphone in [None, Some(None), Some(Some(DeviceId::new("hw:1")))] {
            let legs = BTreeMap::from([(LegId(1), publish.clone()), (LegId(20), receive.clone())]);
            let plan = MediaPlan { microphone, legs, ..MediaPlan::default() };
            let text = serde_json::to_string(&plan).expect("a plan is JSON");
            assert_eq!(serde_json::from_str::<MediaPlan>(&text).expect("it is read"), plan, "{text}");
        }
    }

    #[test]
    fn facts_are_read_as_the_page_says_them() {
        let check = |text: &str, fact: MediaFact| {
            assert_eq!(serde_json::from_str::<MediaFact>(text).expect("it is read"), fact);
        };
        check(r#"{"type":"cameraClosed"}"#, MediaFact::CameraClosed);
        check(r#"{"type":"firstPicture","value":4}"#, MediaFact::FirstPicture(StreamId(4)));
        check(
            r#"{"type":"legDown","value":{"leg":2,"generation":1,"reason":{"type":"noPath"}}}"#,
            MediaFact::LegDown { leg: LegId(2), generation: 1, reason: LegDown::NoPath },
        );
        let stats = LegStats { received: Bitrate(900_000), fps: 30.0, ..LegStats::default() };
        check(
            r#"{"type":"stats","value":[2,{"received":900000,"fps":30}]}"#,
            MediaFact::Stats(LegId(2), stats),
        );
    }
}
