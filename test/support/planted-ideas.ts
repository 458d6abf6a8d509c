/** Ideas of planted quality for one objective, worst first: off topic; a wish; a mechanism with gaps; a plan with people, figures and a way back. */
export interface PlantedIdeas {
  readonly objective: string;
  readonly ideas: readonly [string, string, string, string];
}

/** Written by hand before the grader existed. */
export const plantedIdeas: readonly PlantedIdeas[] = [
  {
    objective: "Shorten the waiting time at our town library's returns desk without hiring staff.",
    ideas: [
      'Paint the museum café in warmer colours and play old jazz records on Sundays, because visitors enjoy a relaxed mood.',
      'The library should become much faster and friendlier so that people are happy again when they come to the desk.',
      'Put a return box beside the entrance of the library. Readers drop their books there, and nobody has to stand at the returns desk for a simple return.',
      'Put two return boxes beside the library entrance, one for books and one for everything else. Each evening the two volunteers of the book club scan them and sort by shelf, which takes 40 minutes. Only fines and damage still go to the returns desk, so its waiting time should fall by half; if the boxes overflow in the first 3 weeks, the second one is emptied at noon. No staff are hired.',
    ],
  },
  {
    objective: 'Reduce food waste in our school canteen within the budget of 500 euros.',
    ideas: [
      'A new football pitch with artificial grass would make the afternoon more fun for everybody.',
      'We must all think more about food and waste less of it, since waste is bad for the planet.',
      'Let pupils choose a small or a large portion at the canteen counter, so that less food comes back on the plates as waste.',
      'From Monday the canteen cooks offer three plate sizes, and pupils tick theirs on a sheet by ten each morning, so the kitchen orders to the list. Two pupils weigh the food waste after lunch and write the kilograms on a board. Plates and scales cost 320 euros, within the budget of 500. If waste has not dropped by 25 percent after 4 weeks, the sheet ends and only the small plate stays.',
    ],
  },
  {
    objective: 'Make our streets quieter at night without banning cars.',
    ideas: [
      'Open an online shop for handmade candles and offer a voucher to the first hundred customers.',
      'Night noise is terrible and something should really be done so that the streets are calm.',
      'Lower the speed limit to thirty at night in the streets where people sleep, shown by signs that only light up after dark. Slower cars are quieter.',
      'Between 22:00 and 6:00 the signs on the 8 loudest streets switch to 30 km/h, and a display shows each driver speed and decibels. Residents on every street read a meter once a week and send the figure to the council clerk, who posts it. No car is banned: whoever needs to hurry takes the ring road. If the night average has not fallen by 3 decibels after two months, the signs move to other streets.',
    ],
  },
  {
    objective: 'Raise the share of trial users who pay for our invoicing software, without giving discounts.',
    ideas: [
      'Plant oak trees along the river so that children can play in the shade when summers get hotter.',
      'Our software could be better, and better software is what users want, so sales will come.',
      'Show trial users how many hours the invoicing software saved them during the trial, so that they see what they would pay for.',
      'On day 10 of the trial an email shows each user the 3 invoices that were paid sooner because of the automatic reminder, with the days saved. Support calls those who sent more than five invoices and sets up their bank link in 15 minutes. We expect paid users to rise from 8 to 11 percent; we test it on half of the sign-ups for 6 weeks and stop if the gap stays under 1 point. No discount is given.',
    ],
  },
  {
    objective: 'Keep vaccines cold on the way to villages that have no electricity.',
    ideas: [
      'Write a detective novel in which the butler did not do it, and read it aloud on the radio.',
      'Vaccines are important for villages and it would be great to have some good way of keeping them.',
      'Carry the vaccines in clay pots that are kept wet. Water that evaporates cools the inside, and villages need no electricity for it.',
      'Motorbike riders carry the vaccines in foam boxes with 4 ice packs that are frozen at the clinic each night. At the halfway point a nurse swaps the packs for new ones from a solar freezer and reads the dot on each vial that turns dark above 8 degrees. A village thus gets cold vaccines up to 9 hours away, without electricity. If a dot is dark, that box goes back and the next trip starts two hours earlier.',
    ],
  },
  {
    objective: 'Help new colleagues find their way in our code base within two weeks.',
    ideas: [
      'The cafeteria could offer soup on Fridays and a salad bar with local cheese all year round.',
      'New colleagues should feel welcome and learn the code quickly with good documentation and a positive culture.',
      'Pair each new colleague with a guide who walks them through one part of the code base every day and answers questions.',
      'Every new colleague gets a list of 8 small bugs, each in another part of the code base, ordered by a maintainer from easy to hard. A guide sits beside them for 30 minutes each morning, and after a fix the newcomer writes five lines of map for the next one. After two weeks all 8 are done; whoever has fewer than 4 by day six gets a second guide. It costs the team about 5 hours and no new tool.',
    ],
  },
  {
    objective: 'Increase the number of students who vote in the local election, without taking sides.',
    ideas: [
      'Fit the ferry with a larger diesel engine so that it can carry four more trucks per crossing.',
      'Young people should care more about democracy, so we need to inspire them somehow.',
      'Set up a table on campus where students can register and ask how to vote in the local election. Helpers say nothing about parties.',
      'In the 3 weeks before the local election, two helpers from different student clubs stand in each dormitory at dinner with a tablet and register students to vote, which takes four minutes. Every floor sees its own count on a poster and no party is named, so nobody takes sides. We expect 300 more students at the poll; if the first two dormitories bring fewer than 40, the helpers move to the lecture halls.',
    ],
  },
  {
    objective: 'Find a cheap way to spot leaks in the pipes of a small town before they burst.',
    ideas: [
      'Organise a poetry evening for beginners, with a prize for the funniest verse about penguins.',
      'With modern technology it should be possible to have fewer leaks in the future, which would be very good.',
      'Measure the flow in the pipes at three in the morning. When nearly nobody draws water, a high flow means a leak in that part of the town.',
      'At 3 a.m. the night clerk reads the 12 district meters from the desk and enters the flow in a sheet. A district above 1.5 times its usual night flow is walked the same day by one plumber with a listening stick, who marks the leak with chalk. The meters exist already, so it costs about 2 hours a week. If the plumber finds nothing twice in a row, the threshold for that district is raised by a tenth.',
    ],
  },
  {
    objective: 'Get more people in our neighbourhood to lend tools to each other instead of buying them.',
    ideas: [
      'The orchestra should tune to 432 hertz, which some listeners describe as softer and more natural.',
      'Sharing is caring, so neighbours should simply share more tools and the world would be better.',
      'Hang a list in the stairwell on which neighbours write the tools they would lend, with their door number, so others can ask before buying.',
      'Each stairwell in the neighbourhood gets a hook board with numbered tags. Whoever lends a tool hangs its tag out; whoever borrows it signs and takes the tag for up to 5 days. A caretaker checks the board on Saturday for 20 minutes and rings those who are late. A shared box of 2 euros a month pays for broken tools, so nobody loses. We begin with 3 houses and go on if at least ten tools are lent in the first month.',
    ],
  },
  {
    objective: 'Explain why some batteries in our delivery bikes age faster than others, with a test that could prove us wrong.',
    ideas: [
      'Replace the logo of the company with a friendlier animal, such as an otter, and print it on mugs.',
      'Batteries are complicated and some of them just age, but more research will surely bring clarity.',
      'The batteries that age faster may be those that are charged right after a delivery while they are still warm. Compare them with others.',
      'We think batteries age faster when they are charged within 15 minutes of a ride, because the cells are above 35 degrees then. For 8 weeks the mechanics charge 20 batteries of our delivery bikes at once and 20 after an hour of rest, drawn by lot, and measure capacity every Friday. If the warm group does not lose at least 2 percent more, we are wrong, and the test costs nothing but two timers.',
    ],
  },
];

/** Written after the grader, which was then changed once because of them: plans that use other words than the objective ranked too low. */
export const laterIdeas: readonly PlantedIdeas[] = [
  {
    objective: 'Cut the paper that our town hall uses, without leaving out citizens who have no computer.',
    ideas: [
      'The brass band ought to march twice around the lake, since the echo from the hills is lovely in spring.',
      'Digitalisation is the future, and a modern town hall simply has to use less paper.',
      'Print on both sides by default and send receipts by text message to those who want that.',
      'From January the clerks at the 4 counters print only when a citizen says yes; a bell at the desk reminds them. Citizens without a computer get their letter as before, nobody is left out. The porter counts the empty paper boxes each Friday, and if fewer than 3 boxes a month are saved by April, the question is dropped again.',
    ],
  },
  {
    objective: 'Teach fractions to children of nine so that they remember them after the holidays.',
    ideas: [
      'A ship in a bottle needs patience, tweezers and a very steady hand, and dust is the enemy.',
      'Fractions are hard, so teaching should be more fun and children would love them.',
      'Children cut real pizzas and write down which fraction each got; later they compare halves, thirds and quarters.',
      'In the last two weeks before the holidays each child gets a recipe with fractions to cook at home, and 12 cards with one question each. A parent asks one card every third day; the card goes into a right box or a wrong box. On the first school day the teacher gives the same 12 questions. We expect 8 of them to be right after the holidays; if it is fewer than six, the cards come back as a morning game for a week.',
    ],
  },
  {
    objective: 'Lower the number of parcels that come back to our small web shop, at a cost below 1,000 euros.',
    ideas: [
      'Wolves have returned to the forest, and hikers report tracks near the old quarry.',
      'Our shop must delight customers so much that returning a parcel never even crosses their minds.',
      'Show on each product page how many customers sent it back and why, so that buyers choose the right size.',
      'Put three photos with a ruler and the two most common reasons for a return on the pages of our 20 worst products. A student measures and photographs them in four afternoons for 600 euros, below the 1,000 we have. If parcels of these products do not come back a fifth less often than in the month before, we keep the photos and drop the reasons.',
    ],
  },
  {
    objective: 'Make meetings in our company shorter without losing decisions.',
    ideas: [
      'Sea otters hold hands while they sleep so that the current does not part them.',
      'Meetings are always too long and it would be great if everyone came better prepared.',
      'Every invitation names the decision that the meeting is to make; without one it is cancelled.',
      'Each invitation has one line: the decision and who makes it. The organiser reads it aloud, sets a kitchen timer to 25 minutes, and writes the decision into a shared list before anyone leaves, so no decision gets lost. Teams try it for 4 weeks; an assistant adds up minutes and decisions every Friday. If the decisions drop by more than one in ten, the timer goes up to 35 minutes.',
    ],
  },
  {
    objective: 'Keep bees in our city alive through the winter.',
    ideas: [
      'For better photographs, use a tripod and let the evening light fall from the side.',
      'Bees matter to all of us, and cities should really do something for them.',
      'Beekeepers in the city wrap their hives in straw mats and reduce the entrance in November.',
      'In October every beekeeper of the city club weighs each hive on a borrowed scale; those under 15 kilograms get sugar syrup the same evening. Two members tap on all 60 hives on the first Sunday of each month and listen. Food and mats cost 9 euros a hive. If more than one hive in ten is silent by February, the club puts the weakest together and starts feeding two weeks earlier next winter.',
    ],
  },
];

/** Written after that change; the grader was not changed for them. */
export const lastIdeas: readonly PlantedIdeas[] = [
  {
    objective: 'Bring more children to school on foot or by bike, without closing the road to cars.',
    ideas: [
      'A slow cooker turns tough beef into something tender while you are at the office.',
      'Walking to school is healthy, so parents should really let their children do it more often.',
      'Let children walk to school in groups along a fixed way, with a parent in front and one at the end.',
      'Five routes start every morning at 7:40 from a marked tree; two parents per route collect up to 12 children on foot and sign a sheet at the gate. Each class hangs a paper shoe for every trip. The road stays open to cars. If fewer than 30 children come in the third week, the routes with under four are joined, and a teacher asks the other families what keeps them away.',
    ],
  },
  {
    objective: 'Shrink the backlog of unanswered messages in our customer support within a month.',
    ideas: [
      'The castle was built in 1412 by a duke who feared nothing but his mother-in-law.',
      'Support must become faster, because customers today simply expect excellent service.',
      'Answer the oldest messages first and use ready-made texts for the ten most common questions.',
      'On Monday two agents sort the 900 open messages into four piles by question, which takes three hours. For the three biggest piles they write one reply each and send it to all. The other messages are answered oldest first, 25 a day per agent, counted on a board. If the backlog is above 400 after two weeks, the sales team takes a pile each Friday until the month is over.',
    ],
  },
  {
    objective: 'Use less water in our community garden during dry summers, at no cost to members.',
    ideas: [
      'The new tram line was opened by the mayor with a speech that nobody could hear.',
      'Water is precious and we should all be careful with it in our garden.',
      'Cover the beds with straw so that the soil stays wet for longer and needs less water.',
      'Members lay 10 centimetres of straw, which a farmer gives away free, on all 30 beds in May. From June they water only before eight in the morning, with cans filled at a barrel that shows the litres. A rota of three reads the barrel on Sundays. If the garden has not used a quarter less water than last July, the tomatoes move under the shade of the fence.',
    ],
  },
  {
    objective: 'Find a hypothesis on why readers stop in the middle of our online articles, and a test for it.',
    ideas: [
      'Bake the loaf at 230 degrees until the crust sounds hollow when you knock on it.',
      'People have no attention any more and our articles could be more interesting.',
      'Readers may stop because a picture in the middle looks like the end of the article. Remove it and see.',
      'We suspect that readers stop where the advertisement fills the screen, because they take it for the end. For 14 days every second reader, drawn by lot, gets the advertisement 3 paragraphs lower. An editor counts how many reach the last line. If that share rises by less than 2 points, the hypothesis is wrong, and we test the length of the paragraphs instead.',
    ],
  },
  {
    objective: 'Help neighbours who live alone to be found within a day if they fall at home.',
    ideas: [
      'The violin makers of that valley used spruce that had grown on the northern slope.',
      'Nobody should be alone when something bad happens, so we need more solidarity.',
      'Neighbours hang a coloured card on the door in the evening and take it in each morning; a card that still hangs means somebody should knock.',
      'Each of the 40 neighbours who live alone gets a red card and one partner on the same stairs. The card goes on the door at eight in the evening and comes in by nine in the morning. If it still hangs at ten, the partner knocks, then rings the caretaker, who has a key in a sealed envelope. Two false alarms a month are expected; the group looks at the list every first Monday and changes partners who forget.',
    ],
  },
];
