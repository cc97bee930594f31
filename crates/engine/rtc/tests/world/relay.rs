//! A relay between a leg and its far side that loses datagrams, seeded, in both directions.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use confab_types::Chance;
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

pub struct Relay {
    /// Where the leg finds the far side.
    pub address: SocketAddr,
    /// Datagrams lost of a hundred.
    pub loss: Arc<AtomicU64>,
    pub lost: Arc<AtomicU64>,
    _tasks: JoinSet<()>,
}

impl Relay {
    pub async fn before(far: SocketAddr, seed: u64) -> Relay {
        let front = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let address = front.local_addr().unwrap();
        let (loss, lost) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let dice = Dice {
            chance: Arc::new(Mutex::new(Chance::from_number(seed))),
            loss: loss.clone(),
            lost: lost.clone(),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            // One socket to the far side per socket of the leg, as an address translator has it.
            let mut backs: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
            let mut ways_back = JoinSet::new();
            let mut buffer = vec![0; 2000];
            while let Ok((length, source)) = front.recv_from(&mut buffer).await {
                let back = match backs.get(&source) {
                    Some(back) => Arc::clone(back),
                    None => {
                        let back = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
                        let way = carry_back(Arc::clone(&back), Arc::clone(&front), source, dice.clone());
                        ways_back.spawn(way);
                        backs.insert(source, Arc::clone(&back));
                        back
                    }
                };
                if dice.passes() {
                    let _ = back.send_to(&buffer[..length], far).await;
                }
            }
        });
        Relay { address, loss, lost, _tasks: tasks }
    }
}

async fn carry_back(back: Arc<UdpSocket>, front: Arc<UdpSocket>, leg: SocketAddr, dice: Dice) {
    let mut buffer = vec![0; 2000];
    while let Ok((length, _)) = back.recv_from(&mut buffer).await {
        if dice.passes() {
            let _ = front.send_to(&buffer[..length], leg).await;
        }
    }
}

#[derive(Clone)]
struct Dice {
    chance: Arc<Mutex<Chance>>,
    loss: Arc<AtomicU64>,
    lost: Arc<AtomicU64>,
}

impl Dice {
    fn passes(&self) -> bool {
        let drops = self.chance.lock().unwrap().percent(self.loss.load(Relaxed));
        self.lost.fetch_add(u64::from(drops), Relaxed);
        !drops
    }
}
