//! Ports of this machine for programs that are told where to listen.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
};

use tokio::net::TcpSocket;

/// A loopback port for a program that is still to be started, once or several times: nobody else
/// is given it while this lives.
///
/// A port that was only looked up is free for a moment: until the program has started, any socket
/// on the machine may get it, and so it may again between two runs of the program. This one stays
/// bound, and never listens. Linux lets a program that reuses addresses, as listeners commonly do,
/// listen on it all the same, and gives it to nobody who asks for just any port. Other systems do
/// not let it listen, so that there the port is only looked up.
#[derive(Debug)]
pub struct HeldPort {
    number: u16,
    _held: Option<TcpSocket>,
}

impl HeldPort {
    /// Takes one that is free.
    pub fn take() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let number = socket.local_addr()?.port();
        Ok(Self { number, _held: cfg!(target_os = "linux").then_some(socket) })
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.number
    }
}

impl fmt::Display for HeldPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        net::{TcpListener, TcpStream},
    };

    use super::*;

    const HELD: usize = 200;
    /// So often that, of the tens of thousands that there are, a good hundred would be held ones.
    const ASKED: usize = 20_000;

    #[test]
    fn a_program_listens_on_a_held_port_again_and_again() {
        let port = HeldPort::take().expect("a port");
        let address = (Ipv4Addr::LOCALHOST, port.number());
        for _ in 0..2 {
            assert!(TcpStream::connect(address).is_err(), "nobody listens");
            let listener = TcpListener::bind(address).expect("it may listen");
            TcpStream::connect(address).expect("it is reached");
            drop(listener);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nobody_else_is_given_a_held_port() {
        let ports: Vec<_> = (0..HELD).map(|_| HeldPort::take().expect("a port")).collect();
        let held: BTreeSet<u16> = ports.iter().map(HeldPort::number).collect();
        assert_eq!(held.len(), HELD, "each is another");
        for _ in 0..ASKED {
            let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
            let other = other.local_addr().expect("an address").port();
            assert!(!held.contains(&other), "{other} was given away");
        }
    }
}
