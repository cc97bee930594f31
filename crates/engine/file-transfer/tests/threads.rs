//! Two file transfers with their threads, and a channel that hands messages over at once.

use std::fs;
use std::sync::{Arc, Mutex, Weak, mpsc};
use std::time::Duration;

use confab_file_transfer::{Downloads, FileTransfer};
use confab_media_model::{
    ChannelFact, ChannelFull, Channels, FileFact, FileId, FilePlan, FileSource, OwnFile, WantedFile,
};
use confab_types::LegId;

const LEG: LegId = LegId(1);
/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// To whom messages go.
#[derive(Default)]
struct Link(Mutex<Weak<FileTransfer>>);

impl Channels for Link {
    fn send(&self, leg: LegId, message: &[u8]) -> Result<(), ChannelFull> {
        let peer = self.0.lock().expect("nobody panics with the lock").upgrade().ok_or(ChannelFull)?;
        peer.channel(ChannelFact::Data(leg, message.to_vec()));
        Ok(())
    }
}

#[test]
fn a_file_goes_from_thread_to_thread() {
    let folder = std::env::temp_dir().join(format!("confab-threads-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let bytes: Vec<u8> = (0..12_345_678_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    fs::write(folder.join("own"), &bytes).unwrap();
    let links = [Arc::new(Link::default()), Arc::new(Link::default())];
    let (facts, told) = mpsc::channel();
    let start = |at: usize| {
        let facts = facts.clone();
        let downloads = Downloads::at(folder.join("downloads"));
        let tell = move |fact| drop(facts.send((at, fact)));
        Arc::new(FileTransfer::start(links[at].clone(), downloads, tell).unwrap())
    };
    let sides = [start(0), start(1)];
    for at in 0..2 {
        *links[at].0.lock().unwrap() = Arc::downgrade(&sides[1 - at]);
        sides[at].channel(ChannelFact::Open(LEG, 64 << 10));
    }
    let id = FileId::parse("f").unwrap();
    let plan = FilePlan { leg: Some(LEG), ..FilePlan::default() };
    let own = OwnFile { path: folder.join("own") };
    sides[0].set_plan(FilePlan { own: [(id.clone(), own)].into(), ..plan.clone() });
    let mut done = [false, false];
    while done != [true, true] {
        match told.recv_timeout(PATIENCE).expect("it does not stand still") {
            (0, FileFact::Prepared { size, hash, .. }) => {
                let (name, source) = ("a.bin".to_owned(), FileSource::Channel);
                let wanted = WantedFile { attempt: 0, name, size, hash: Some(hash), source };
                sides[1].set_plan(FilePlan { wanted: [(id.clone(), wanted)].into(), ..plan.clone() });
            }
            (0, FileFact::Sent(_)) => done[0] = true,
            (1, FileFact::Saved { place, .. }) => {
                assert_eq!(place, "downloads/a.bin");
                done[1] = true;
            }
            (_, FileFact::Failed { fault, .. }) => panic!("{fault}"),
            _ => {}
        }
    }
    assert!(fs::read(folder.join("downloads/a.bin")).unwrap() == bytes);
    fs::remove_dir_all(folder).unwrap();
}
